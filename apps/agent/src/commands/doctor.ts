import { printable } from '@org/domain';
import { Device } from '../device/device.js';
import { examine } from '../doctor/examine.js';
import type { Finding } from '../doctor/finding.js';
import { EXIT } from '../exit-codes.js';
import type { JsonOption } from '../options.js';
import { print, printJson } from '../output/print.js';
import { type Where, readSettings } from '../settings/read.js';

/** `provision-agent doctor`: reads, asks, and changes nothing. */
export async function doctor(where: Where, { json }: JsonOption): Promise<number> {
  const { settings, warnings, path } = readSettings(where);
  const device = await Device.open(settings);
  try {
    const checks = await examine({ settings, settingsPath: path, warnings, device });
    const isWell = checks.every(({ result }) => result !== 'fail');
    if (json) printJson({ ok: isWell, checks });
    else print(checks.map(findingText).join('\n'));
    if (checks.some(({ revoked }) => revoked)) return EXIT.REVOKED;
    return isWell ? EXIT.DONE : EXIT.FAILED;
  } finally {
    await device.close();
  }
}

const MARKS: Readonly<Record<Finding['result'], string>> = {
  ok: 'ok  ',
  warn: 'warn',
  fail: 'FAIL',
  skipped: '-   ',
};

const findingText = ({ check, result, message, advice }: Finding): string =>
  [
    `${MARKS[result]}  ${check.padEnd(11)}  ${printable(message)}`,
    ...(advice ? [`${' '.repeat(19)}what to do: ${printable(advice)}`] : []),
  ].join('\n');
