import { type LogHead, type LogVerdict, auditStore } from '@org/pki';
import { Command, InvalidArgumentError } from 'commander';
import { configuration, withStore } from '../configuration.js';
import { jsonOption } from '../options.js';
import { print, printJson } from '../print.js';

const EXAMPLE = `
The head that is printed, kept on another machine and given to a later run, shows whether the log's end was cut
off or the whole log was written anew.

Example:
  $ provision-ca verify-log
  $ provision-ca verify-log --head 1207:5f0c…e1`;

export const verifyLogCommand = (): Command =>
  new Command('verify-log')
    .description('check the issuance log and every record against it; exit 1 when it is broken')
    .option('--head <number:hash>', 'where the log stood earlier', logHead)
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(verify);

function logHead(text: string): LogHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw new InvalidArgumentError('Write it as verify-log printed it: a number, a colon, 64 digits of hex.');
}

async function verify({ head, json }: { head?: LogHead; json?: boolean }): Promise<void> {
  const verdict = await withStore(configuration(), ({ certificates: store }) => auditStore(store, head));
  if (json) printJson(verdict);
  else print(`${verdictText(verdict)}\n`);
  if (!verdict.intact) process.exitCode = 1;
}

const verdictText = (verdict: LogVerdict): string =>
  verdict.intact
    ? `intact: ${verdict.head.seq} entries, head ${verdict.head.seq}:${verdict.head.hash}`
    : `broken at entry ${verdict.brokenAt}: ${verdict.reason}`;
