import type { CertificateQuery, CertificateRecord, CertificateState, CertificateStore } from '@org/pki';
import { Command, Option } from 'commander';
import { configuration, withStore } from '../configuration.js';
import { dateOrDuration } from '../options.js';
import { jsonOption } from '../../options.js';
import { print, printJson, tableText, timeText } from '../../print.js';

const PAGE = 1000;
const STATES: readonly CertificateState[] = ['intended', 'signed', 'unsigned', 'revoked'];

const HELP = `
States: a "signed" certificate was issued. An "intended" one was recorded, but signing was
interrupted. It becomes "unsigned" when it is abandoned, which counts as revoked.

Examples:
  $ provision ca list --state signed --expires-before 720h
  $ provision ca list --machine gateway-7 --json | jq -r '.[].serial'`;

export const listCommand = (): Command =>
  new Command('list')
    .description('list the certificates on record, oldest first')
    .option('--machine <id>', 'only those of this device')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .option(
      '--expires-before <date>',
      'only those that end before a date, or within a duration from now',
      dateOrDuration,
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(list);

interface ListOptions {
  readonly machine?: string;
  readonly state?: CertificateState;
  /** Milliseconds since 1970. */
  readonly expiresBefore?: number;
  readonly json?: boolean;
}

async function list({ machine: machineId, state, expiresBefore, json }: ListOptions): Promise<void> {
  const rows = await withStore(configuration(), ({ certificates: store }) =>
    allRows(store, { machineId, state, expiresBefore }),
  );
  if (json) printJson(rows.map(toJson));
  else print(tableText([['SERIAL', 'MACHINE', 'STATE', 'EXPIRES', 'PROFILE'], ...rows.map(toCells)]));
}

type Row = Pick<
  CertificateRecord,
  'serial' | 'machineId' | 'state' | 'notBefore' | 'notAfter' | 'profile' | 'fingerprint' | 'revocation'
>;

/** Without the certificates themselves, as there may be a million. */
async function allRows(store: CertificateStore, query: CertificateQuery): Promise<Row[]> {
  const rows: Row[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({ ...query, limit: PAGE, ...(after !== undefined && { after }) });
    for (const { tbs: _tbs, certificate: _certificate, ...row } of page.records) rows.push(row);
    after = page.next;
  } while (after !== undefined);
  return rows;
}

const toCells = ({ serial, machineId, state, notAfter, profile, revocation }: Row): string[] => [
  serial,
  machineId,
  state === 'revoked' ? `revoked (${revocation!.reason})` : state,
  timeText(notAfter),
  profile,
];

const toJson = ({ machineId, notBefore, notAfter, revocation, ...row }: Row) => ({
  serial: row.serial,
  machine: machineId,
  state: row.state,
  profile: row.profile,
  notBefore: new Date(notBefore).toISOString(),
  notAfter: new Date(notAfter).toISOString(),
  fingerprint: row.fingerprint,
  revocation: revocation && { at: new Date(revocation.at).toISOString(), reason: revocation.reason },
});
