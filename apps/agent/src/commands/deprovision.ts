import { createInterface } from 'node:readline/promises';
import { printable } from '@org/domain';
import { askRunning } from '../control/ask.js';
import { Device, type DeprovisionNotice } from '../device/device.js';
import { withDevice } from '../device/work.js';
import { EXIT } from '../exit-codes.js';
import type { JsonOption } from '../options.js';
import { note, print, printJson } from '../output/print.js';
import { type Where, readSettings } from '../settings/read.js';
import { noteWarnings } from '../settings/warnings.js';
import { stopSignal } from '../stop-signal.js';

interface DeprovisionOptions extends JsonOption {
  /** Do not ask. */
  readonly yes?: boolean;
}

/** `provision-agent deprovision` */
export async function deprovision(where: Where, { yes, json }: DeprovisionOptions): Promise<number> {
  const { settings, warnings } = readSettings(where);
  noteWarnings(warnings);
  const signal = stopSignal();
  const { identity } = await (await Device.open(settings)).report();
  const machineId = identity?.machineId;
  const name = machineId && printable(machineId);
  if (!yes && !(await isMeant(name, signal))) {
    note('Nothing has been removed.');
    return EXIT.FAILED;
  }
  const asked = await askRunning(settings.paths.state, { name: 'deprovision' }, signal);
  const farewell =
    asked ?? (await withDevice(settings, 'deprovision', (device) => device.deprovision(signal)));
  if (json) printJson({ machineId, server: outcomeOf(farewell) });
  else print(textOf(name, farewell));
  if (asked)
    note('The agent that runs enrols the device anew, with a new key; stop it if that is not wanted.');
  return EXIT.DONE;
}

async function isMeant(name: string | undefined, signal: AbortSignal): Promise<boolean> {
  const who =
    name === undefined
      ? 'whatever is left of an identity'
      : `the identity of ${name}, its private key included`;
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

const outcomeOf = (farewell: DeprovisionNotice): string | object =>
  typeof farewell === 'string' ? farewell : { code: farewell.code, message: farewell.message };

function textOf(name: string | undefined, farewell: DeprovisionNotice): string {
  if (name === undefined) return 'What was left of an identity has been removed.';
  const done = `The identity of ${name} has been removed from this device.`;
  if (farewell === 'told') return `${done} The server knows.`;
  const why = farewell === 'not_possible' ? '' : ` (${printable(farewell.message)})`;
  return `${done}\nThe server could not be told${why}: revoke ${name} there.`;
}
