import { createInterface } from 'node:readline/promises';
import { Device, type Farewell } from '../device/device.js';
import { lockHolder } from '../device/lock.js';
import { withDevice } from '../device/work.js';
import { EXIT } from '../exit-codes.js';
import type { JsonOption } from '../options.js';
import { note, print, printJson } from '../output/print.js';
import { type Where, readSettings } from '../settings/read.js';
import { noteWarnings } from '../settings/warnings.js';
import { stopSignal } from '../stop-signal.js';

export interface DeprovisionOptions extends JsonOption {
  /** Do not ask. */
  readonly yes?: boolean;
}

/** `provision-agent deprovision` */
export async function deprovision(where: Where, options: DeprovisionOptions): Promise<number> {
  const { settings, warnings } = readSettings(where);
  noteWarnings(warnings);
  const signal = stopSignal();
  const { local, paths } = settings;
  const runs = (await lockHolder(paths.state))?.command === 'run';
  if (!runs || !local) {
    return withDevice(settings, 'deprovision', (device) =>
      giveUp(device, { ...options, signal, work: () => device.deprovision(signal) }),
    );
  }
  const { deprovisionRunning } = await import('./running-agent.js');
  // The agent that runs tells the server; what came of that is in its log.
  const work = async (): Promise<Farewell> => deprovisionRunning(local).then(() => 'asked');
  return giveUp(await Device.open(settings), { ...options, signal, work });
}

interface GivingUp extends DeprovisionOptions {
  readonly signal: AbortSignal;
  readonly work: () => Promise<Farewell>;
}

async function giveUp(device: Device, { yes, json, signal, work }: GivingUp): Promise<number> {
  const { identity } = await device.report();
  const machineId = identity?.machineId;
  if (!yes && !(await isMeant(machineId, signal))) {
    note('Nothing has been removed.');
    return EXIT.FAILED;
  }
  const farewell = await work();
  if (json) printJson({ machineId, server: outcomeOf(farewell) });
  else print(textOf(machineId, farewell));
  return EXIT.DONE;
}

async function isMeant(machineId: string | undefined, signal: AbortSignal): Promise<boolean> {
  const who =
    machineId === undefined
      ? 'whatever is left of an identity'
      : `the identity of ${machineId}, its private key included`;
  if (!process.stdin.isTTY) {
    note(`This removes ${who}. Say --yes to have it done without being asked.`);
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Remove ${who}? It cannot be brought back. Type "yes": `, {
      signal,
    });
    return answer.trim().toLowerCase() === 'yes';
  } finally {
    terminal.close();
  }
}

const outcomeOf = (farewell: Farewell): string | object =>
  typeof farewell === 'string' ? farewell : { code: farewell.code, message: farewell.message };

function textOf(machineId: string | undefined, farewell: Farewell): string {
  if (machineId === undefined) return 'What was left of an identity has been removed.';
  const done = `The identity of ${machineId} has been removed from this device.`;
  if (farewell === 'told') return `${done} The server knows.`;
  if (farewell === 'asked') return `${done} The agent that runs tells the server when it can; see its log.`;
  const why = farewell === 'not_possible' ? '' : ` (${farewell.message})`;
  return `${done}\nThe server could not be told${why}: revoke ${machineId} there.`;
}
