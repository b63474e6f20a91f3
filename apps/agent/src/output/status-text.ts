import type { IdentityReport, RenewalAttempt, RenewalStatus } from '@org/device';
import { printable } from '@org/domain';
import type { Bootstrapping } from '../device/bootstrap-status.js';
import type { Holder } from '../device/lock.js';
import { distanceText, listText, timeText } from './print.js';
import { REVOKED, REVOKED_ADVICE } from './revoked.js';

/** All that `status` shows. */
export interface Status {
  /** Path of the file, and whether there is one. */
  readonly settings: string;
  readonly hasSettings: boolean;
  readonly report: IdentityReport;
  readonly renewal: RenewalStatus | undefined;
  readonly bootstrap: Bootstrapping;
  /** The agent at work, if any. */
  readonly agent: Partial<Holder> | undefined;
  readonly now: number;
}

const STATES: Readonly<Record<IdentityReport['state'], string>> = {
  none: 'not provisioned; "provision-agent enrol" enrols this device',
  enrolling: 'being enrolled: waiting for the approval of a code',
  provisioned: 'provisioned',
  not_yet_valid:
    'provisioned; but by the clock of this device, the certificate is not valid yet: set the clock',
  expired: 'the certificate has expired',
  broken: 'broken',
};

/** `status` in words. */
export function statusText({
  settings,
  hasSettings,
  report,
  renewal,
  bootstrap,
  agent,
  now,
}: Status): string {
  const { state, identity, problem, enrolling } = report;
  const certificate = identity?.certificate;
  const rows: (readonly [string, string])[] = [
    ['state', problem ? `broken: ${problem.message}` : renewal?.revoked ? REVOKED : STATES[state]],
    ...(renewal?.revoked ? [['what to do', REVOKED_ADVICE] as const] : []),
  ];
  if (identity && certificate) {
    rows.push(
      ['machine', identity.machineId],
      ['certificate', `until ${timeText(certificate.notAfter)}, ${distanceText(certificate.notAfter, now)}`],
      ['serial', certificate.serial],
      ['SHA-256', certificate.fingerprint],
    );
  }
  if (enrolling && state !== 'enrolling') rows.push(['enrolment', 'another one is under way']);
  if (renewal) rows.push(['renewal', renewalText(renewal, now)]);
  rows.push(['bootstrap', bootstrapText(bootstrap)]);
  rows.push([
    'agent',
    agent ? `at work (${agent.command ?? 'unknown'}, process ${agent.pid ?? 'unknown'})` : 'not running',
  ]);
  rows.push(['settings', hasSettings ? settings : `defaults; there is no ${settings}`]);
  const attempts = renewal?.attempts.slice(-5) ?? [];
  const tried = attempts.length > 0 ? ['', 'Latest renewals:', ...attempts.map(attemptText)] : [];
  return [listText(rows), ...tried].join('\n');
}

function renewalText({ decision, enrolAgain, staged }: RenewalStatus, now: number): string {
  if (enrolAgain) return 'refused by the server: this device has to be enrolled again';
  const waiting = staged ? '; a new certificate waits for its test' : '';
  if (decision.action === 'ask_time')
    return `the clock is wrong: it stands before the certificate's beginning${waiting}`;
  if (decision.action === 'renew') return `due now${waiting}`;
  const why = { not_due: 'due', backing_off: 'tried again', enrolling: 'waits for the enrolment, looked at' }[
    decision.reason
  ];
  return `${why} ${distanceText(decision.until, now)} (${timeText(decision.until)})${waiting}`;
}

function attemptText({ startedAt, outcome, step, code, message }: RenewalAttempt): string {
  const why = code === undefined ? '' : ` at "${step}": ${message ?? code}`;
  return `  ${timeText(startedAt)}  ${outcome}${printable(why)}`;
}

function bootstrapText({ state, externalId, domainId, broker }: Bootstrapping): string {
  if (state === 'none') return 'none to get';
  if (state === 'absent') return `not fetched yet (external id ${externalId})`;
  const when = state === 'refetch' ? ', to be fetched anew when the agent starts the next time' : '';
  return `domain ${domainId}, broker ${broker}${when}`;
}
