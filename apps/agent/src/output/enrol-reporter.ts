import type { ShownCode } from '@org/device';
import { type ProvisionError, printable } from '@org/domain';
import type { Device } from '../device/device.js';
import { isoTime, listText, note, print, printEvent, printStyled, timeText } from './print.js';
import { codeText } from './show-code.js';
import { showsBlocks } from './terminal.js';
import { skewText } from './skew-text.js';

/** - `none`: there is no bootstrap configuration to get.
 *  - `pending`: another process sees to it. */
export type BootstrapOutcome = 'loaded' | 'none' | 'pending' | ProvisionError;

/** What `enrol` says on its way. */
interface EnrolReporter {
  already(machineId: string): void;
  code(code: ShownCode): void;
  waiting(error: ProvisionError, pauseMs: number): void;
  /** How far the clock of this device is ahead of the server's; 0: it is right again. */
  skew(skewMs: number): void;
  done(device: Device, outcome: BootstrapOutcome): Promise<void>;
}

export const textReporter: EnrolReporter = {
  already: (machineId) =>
    print(
      `This device is ${printable(machineId)} already. To give it a new identity: provision-agent enrol --again`,
    ),
  code: (code) => printStyled(codeText(code, showsBlocks({ isTTY: process.stdout.isTTY, env: process.env }))),
  waiting: ({ message }, pauseMs) =>
    note(`${printable(message).replace(/\.?$/, '.')} Trying again in ${Math.ceil(pauseMs / 1000)} s.`),
  skew: (skewMs) =>
    note(skewMs === 0 ? 'The clock of this device is right now.' : `warning: ${skewText(skewMs)}`),
  async done(device, outcome) {
    const { identity } = await device.report();
    const { paths } = device.settings;
    print(`This device is now ${printable(identity!.machineId)}.\n\n`);
    print(
      listText([
        ['certificate', `${paths.cert}, until ${timeText(identity!.certificate.notAfter)}`],
        ['private key', paths.privateKey],
        ['chain', paths.caBundle],
        ['root', paths.root],
        ['bootstrap', bootstrapText(device, outcome)],
      ]),
    );
  },
};

function bootstrapText({ settings }: Device, outcome: BootstrapOutcome): string {
  if (outcome === 'none') return 'the server has none for this device';
  if (outcome === 'loaded') return settings.bootstrap.configPath;
  if (outcome === 'pending') return 'left to the agent that runs';
  return `not fetched yet: ${outcome.message}`;
}

export const jsonReporter: EnrolReporter = {
  already: (machineId) => printEvent({ event: 'provisioned', machineId, already: true }),
  code: ({ expiresAt, leftMs, ...shown }) =>
    printEvent({ event: 'code', ...shown, expiresAt: isoTime(expiresAt), endsInMs: leftMs }),
  waiting: ({ code, message }, pauseMs) =>
    printEvent({ event: 'waiting', code, message, retryInMs: pauseMs }),
  skew: (skewMs) => printEvent({ event: 'clock', aheadOfServerMs: skewMs }),
  async done(device, outcome) {
    const { identity } = await device.report();
    const { paths } = device.settings;
    const { privateKey, csr, cert, caBundle, root } = paths;
    printEvent({
      event: 'provisioned',
      machineId: identity!.machineId,
      notAfter: isoTime(identity!.certificate.notAfter),
      files: { privateKey, csr, cert, caBundle, root },
      bootstrap: typeof outcome === 'string' ? outcome : { code: outcome.code, message: outcome.message },
    });
  },
};
