import { readFileSync } from 'node:fs';
import { isProvisionError } from '@org/domain';
import {
  type LogHead,
  type LogVerdict,
  type SignedHead,
  type TrustAnchors,
  auditStore,
  formatHead,
  headFault,
  headsIn,
  parseHead,
  signHead,
} from '@org/pki';
import { type AuthorityStore, currentAuthority } from '@org/store';
import { Command, InvalidArgumentError } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { jsonOption } from '../../options.js';
import { print, printJson } from '../../print.js';

const HELP = `
On its own, this shows only that log and records agree. They also agree after an attacker has
rewritten both. A head that was stored elsewhere detects that, because it must be in the log. The
service writes signed heads to its log output at start and every hour, and this command prints one.

Examples:
  $ provision ca verify-log
  $ provision ca verify-log --head v1:1207:5f0c…e1:1796083641000:9a…:MEUC…
  $ journalctl -u provision -o cat | provision ca verify-log --heads -`;

export const verifyLogCommand = (): Command =>
  new Command('verify-log')
    .description('verify the issuance log, and every record against it; exits with 1 if it is broken')
    .option(
      '--head <head>',
      'an earlier state of the log: a signed head, or number:hash; may be repeated',
      heads,
    )
    .option(
      '--heads <file>',
      'text with signed heads, such as the log output of a service; - for standard input',
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(verify);

type Head = LogHead | SignedHead;

function heads(text: string, before: readonly Head[] = []): Head[] {
  return [...before, head(text)];
}

function head(text: string): Head {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  try {
    return parseHead(text);
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    throw new InvalidArgumentError('Write it as verify-log or the service printed it: v1:… or number:hash.');
  }
}

interface VerifyOptions {
  readonly head?: readonly Head[];
  readonly heads?: string;
  readonly json?: boolean;
}

async function verify({ head: named = [], heads: file, json }: VerifyOptions): Promise<void> {
  const found = file === undefined ? [] : headsIn(readFileSync(file === '-' ? 0 : file, 'latin1'));
  const known = [...named, ...found];
  const { verdict, signed } = await withAuthority(configuration(), async (kept, store) => {
    const fault = forgery(known, await kept.anchors());
    if (fault) return { verdict: fault, signed: undefined };
    const audited = await auditStore(store, known);
    return { verdict: audited, signed: audited.intact ? await signedHead(kept, audited.head) : undefined };
  });
  const text = signed && formatHead(signed);
  if (json) printJson({ ...verdict, heads: known.length, ...(text && { signedHead: text }) });
  else print(`${verdictText(verdict, known.length)}\n${text ? `signed head ${text}\n` : ''}`);
  if (!verdict.intact) process.exitCode = 1;
}

/** A head that the authority did not sign proves nothing, and the operator should know that it exists. */
function forgery(known: readonly Head[], anchors: TrustAnchors | undefined): LogVerdict | undefined {
  const chains = anchors ? [anchors.current, ...anchors.previous.map(({ chain }) => chain)] : [];
  for (const each of known) {
    const fault = 'signature' in each ? headFault(each, chains.flat()) : undefined;
    if (fault !== undefined)
      return { intact: false, brokenAt: each.seq, reason: `the head given for it is not valid: ${fault}` };
  }
  return undefined;
}

/** Undefined without the authority's key: verifying must work without it. */
async function signedHead(kept: AuthorityStore, at: LogHead): Promise<SignedHead | undefined> {
  try {
    const now = Date.now();
    return await signHead(await currentAuthority(kept, now), at, now);
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    return undefined;
  }
}

const verdictText = (verdict: LogVerdict, known: number): string =>
  verdict.intact
    ? `intact: ${verdict.head.seq} entries, ${known} known heads in it, head ${verdict.head.seq}:${verdict.head.hash}`
    : `broken at entry ${verdict.brokenAt}: ${verdict.reason}`;
