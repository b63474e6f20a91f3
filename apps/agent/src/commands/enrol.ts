import { isProvisionError } from '@org/domain';
import { Device } from '../device/device.js';
import { lockHolder } from '../device/lock.js';
import { withDevice } from '../device/work.js';
import { EXIT } from '../exit-codes.js';
import type { JsonOption } from '../options.js';
import { note } from '../output/print.js';
import { type BootstrapOutcome, jsonSayings, textSayings } from '../output/enrol-sayings.js';
import { type Where, readSettings } from '../settings/read.js';
import { noteWarnings } from '../settings/warnings.js';
import { stopSignal } from '../stop-signal.js';

export interface EnrolOptions extends JsonOption {
  /** Although this device has an identity. */
  readonly again?: boolean;
}

/** `provision-agent enrol` */
export async function enrol(where: Where, options: EnrolOptions): Promise<number> {
  const { settings, warnings } = readSettings(where);
  noteWarnings(warnings);
  const signal = stopSignal();
  const say = options.json ? jsonSayings : textSayings;
  const holder = options.again ? undefined : await lockHolder(settings.paths.state);
  const outcome = async (): Promise<number> => {
    if (holder?.command === 'run') return follow(await Device.open(settings), { say, signal });
    return withDevice(settings, 'enrol', (device) => enrolHere(device, { ...options, say, signal }));
  };
  try {
    return await outcome();
  } catch (error) {
    if (!signal.aborted) throw error;
    note('Stopped. The next "enrol" or "run" goes on where this one was.');
    return EXIT.INTERRUPTED;
  }
}

interface Course extends EnrolOptions {
  readonly say: typeof textSayings;
  readonly signal: AbortSignal;
}

async function enrolHere(device: Device, { again, say, signal }: Course): Promise<number> {
  const { state, identity } = await device.report();
  if (identity && state === 'provisioned' && !again) say.already(identity.machineId);
  else {
    await device.enrolment.run({ onCode: say.code, onFailure: say.waiting, signal });
    await say.done(device, await bootstrap(device, signal));
  }
  return EXIT.DONE;
}

const LOOK_EVERY_MS = 500;

/** The agent that runs enrols the device by itself; what it shows, and what comes of it, is on the disk. */
async function follow(device: Device, { say, signal }: Course): Promise<number> {
  let shown: string | undefined;
  for (let isFirst = true; ; isFirst = false) {
    const { state, identity } = await device.report();
    if (identity && state === 'provisioned') {
      if (isFirst) say.already(identity.machineId);
      else await say.done(device, 'pending');
      return EXIT.DONE;
    }
    const code = await device.enrolment.pending();
    if (code && code.code !== shown) say.code(code);
    shown = code?.code ?? shown;
    await device.clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** The identity is there whatever becomes of this; the daemon goes on trying. */
async function bootstrap(device: Device, signal: AbortSignal): Promise<BootstrapOutcome> {
  try {
    const source = await device.bootstrap();
    if (!source) return 'none';
    await source.load({ refetch: true, signal });
    return 'loaded';
  } catch (error) {
    if (isProvisionError(error)) return error;
    throw error;
  }
}
