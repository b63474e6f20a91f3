import { withDevice } from '../device/work.js';
import { EXIT } from '../exit-codes.js';
import type { JsonOption } from '../options.js';
import { isoTime, note, print, printJson, timeText } from '../output/print.js';
import { type Where, readSettings } from '../settings/read.js';
import { noteWarnings } from '../settings/warnings.js';
import { stopSignal } from '../stop-signal.js';

export interface RenewOptions extends JsonOption {
  readonly ifDue?: boolean;
}

/** `provision-agent renew` */
export async function renew(where: Where, { ifDue = false, json }: RenewOptions): Promise<number> {
  const { settings, warnings } = readSettings(where);
  noteWarnings(warnings);
  const signal = stopSignal();
  return withDevice(settings, 'renew', async (device) => {
    const { attempt, error } = await device.renewal.attempt({ force: !ifDue, signal });
    const { identity } = await device.report();
    const until = identity?.certificate.notAfter;
    const { outcome, step } = attempt;
    if (json) {
      const failure = error && { step, code: error.code, message: error.message };
      printJson({ outcome, notAfter: until && isoTime(until), error: failure });
    } else if (error) {
      note(`error: not renewed (${step}): ${error.message}`);
      note(`The certificate stays in use${until ? ` until ${timeText(until)}` : ''}.`);
    } else if (outcome === 'not_due') {
      print(`Nothing to do yet. The certificate is good until ${timeText(until!)}.`);
    } else {
      print(`Renewed. The new certificate is good until ${timeText(until!)}.`);
    }
    return error ? EXIT.FAILED : EXIT.DONE;
  });
}
