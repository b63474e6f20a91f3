import type { AttemptResult } from '@org/device';
import { askRunning } from '../control/ask.js';
import { Device } from '../device/device.js';
import { withDevice } from '../device/work.js';
import { EXIT } from '../exit-codes.js';
import type { JsonOption } from '../options.js';
import { isoTime, note, print, printJson, timeText } from '../output/print.js';
import { REVOKED, REVOKED_ADVICE, isRevocation } from '../output/revoked.js';
import { skewText } from '../output/skew-text.js';
import { type Where, readSettings } from '../settings/read.js';
import { noteWarnings } from '../settings/warnings.js';
import { stopSignal } from '../stop-signal.js';

interface RenewOptions extends JsonOption {
  readonly ifDue?: boolean;
}

/** `provision-agent renew` */
export async function renew(where: Where, { ifDue = false, json }: RenewOptions): Promise<number> {
  const { settings, warnings } = readSettings(where);
  noteWarnings(warnings);
  const signal = stopSignal();
  const { state } = settings.paths;
  const force = !ifDue;
  const result = await askRunning(state, { name: 'renew', force }, signal);
  if (result) return tell(await Device.open(settings), result, json);
  const onSkew = (skewMs: number): void => note(`warning: ${skewText(skewMs)}`);
  return withDevice(
    settings,
    'renew',
    async (device) => tell(device, await device.renewal.attempt({ force, signal }), json),
    { onSkew },
  );
}

async function tell(device: Device, { attempt, error }: AttemptResult, json = false): Promise<number> {
  const { identity } = await device.report();
  const until = identity?.certificate.notAfter;
  const { outcome, step } = attempt;
  const isRevoked = step === 'request' && isRevocation(error);
  if (json) {
    const failure = error && { step, code: error.code, message: error.message };
    printJson({ outcome, notAfter: until && isoTime(until), error: failure });
  } else if (error) {
    note(`error: not renewed (${step}): ${error.message}`);
    if (isRevoked) note(`This device is ${REVOKED}. ${REVOKED_ADVICE}`);
    else if (until && until > device.clock.now())
      note(`The certificate stays in use until ${timeText(until)}.`);
  } else if (outcome === 'not_due') {
    print(`Nothing to do yet. The certificate is good until ${timeText(until!)}.`);
  } else {
    print(`Renewed. The new certificate is good until ${timeText(until!)}.`);
  }
  if (isRevoked) return EXIT.REVOKED;
  return error ? EXIT.FAILED : EXIT.DONE;
}
