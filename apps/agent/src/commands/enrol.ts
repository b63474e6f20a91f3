import { isProvisionError } from '@org/domain';
import { Device } from '../device/device.js';
import { lockHolder } from '../device/lock.js';
import { withDevice } from '../device/work.js';
import { EXIT } from '../exit-codes.js';
import type { JsonOption } from '../options.js';
import { note } from '../output/print.js';
import { type BootstrapOutcome, jsonReporter, textReporter } from '../output/enrol-reporter.js';
import { type Where, readSettings } from '../settings/read.js';
import { defaultServerText } from '../settings/default-server.js';
import { noteWarnings } from '../settings/warnings.js';
import { stopSignal } from '../stop-signal.js';

interface EnrolOptions extends JsonOption {
  /** Although this device has an identity. */
  readonly again?: boolean;
}

/** `provision-agent enrol` */
export async function enrol(where: Where, options: EnrolOptions): Promise<number> {
  const { settings, warnings } = readSettings(where);
  noteWarnings(warnings);
  const unset = defaultServerText(settings);
  if (unset !== undefined) note(`warning: ${unset}`);
  const signal = stopSignal();
  const say = options.json ? jsonReporter : textReporter;
  const course = { ...options, say, signal };
  try {
    // With `--again`, only the one process that may write can do it; the lock says who is in the way.
    const done = options.again ? undefined : await follow(await Device.open(settings), course);
    return (
      done ??
      (await withDevice(settings, 'enrol', (device) => enrolHere(device, course), {
        onSkew: say.skew,
        onCopied,
      }))
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    note(
      options.again
        ? 'Stopped. The next "enrol --again" goes on where this one was; this device stays what it is until then.'
        : 'Stopped. The next "enrol" or "run" goes on where this one was.',
    );
    return EXIT.INTERRUPTED;
  }
}

const onCopied = (): void =>
  note(
    'warning: the state on the disk began on another device: its key may be in use there, too; see doctor.',
  );

interface Course extends EnrolOptions {
  readonly say: typeof textReporter;
  readonly signal: AbortSignal;
}

async function enrolHere(device: Device, { again, say, signal }: Course): Promise<number> {
  await device.noteHost();
  const { state, identity } = await device.report();
  if (identity && state === 'provisioned' && !again) say.already(identity.machineId);
  else {
    await device.enrolment.run({ onCode: say.code, onFailure: say.waiting, signal });
    await say.done(device, await bootstrap(device, signal));
  }
  return EXIT.DONE;
}

const LOOK_EVERY_MS = 500;
const PATIENT_LOOKS = 4;
/** Half a minute: a service that is started again, or has crashed, is to find the lock free. */
const LOOKS_FOR_THE_NEXT = 60;

/**
 * An agent that runs enrols the device by itself; what it shows, and what comes of it, is on the disk.
 *
 * @returns undefined when none runs, or none any more
 * @throws ProvisionError why an identity that is there cannot be used: the agent leaves that to people
 */
async function follow(device: Device, { say, signal }: Course): Promise<number | undefined> {
  let shown: string | undefined;
  let looks = 0;
  for (let without = 0; without < LOOKS_FOR_THE_NEXT; looks++) {
    const command = await commandAtWork(device);
    if (command === undefined ? looks === 0 : command !== 'run') return undefined;
    if (command === undefined && without === 0)
      note('The agent that ran has ended; waiting for half a minute, as it may be started again.');
    without = command === undefined ? without + 1 : 0;
    const { state, identity, problem } = await device.report();
    if (problem) throw problem;
    if (identity && state === 'provisioned') {
      if (looks === 0) say.already(identity.machineId);
      else await say.done(device, 'pending');
      return EXIT.DONE;
    }
    const code = await device.enrolment.pending();
    if (code && code.code !== shown) say.code(code);
    shown = code?.code ?? shown;
    if (looks === PATIENT_LOOKS && shown === undefined)
      note('The agent that runs has no code yet; its log says what it waits for.');
    await device.clock.sleep(LOOK_EVERY_MS, signal);
  }
  note('No agent runs any more; this command goes on without it.');
  return undefined;
}

/** An agent whose name cannot be read is taken for one that runs: it may be about to end, or to begin. */
async function commandAtWork({ settings }: Device): Promise<string | undefined> {
  const holder = await lockHolder(settings.paths.state);
  return holder && (holder.command ?? 'run');
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
