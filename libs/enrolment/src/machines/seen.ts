import type { CertificateRecord } from '@org/pki';
import type { EnrolmentContext } from '../context.js';
import { certificateRevoked, isCode } from '../errors.js';
import type { MachineRecord } from './machine-store.js';

/** A machine that has shown one of its certificates. */
export interface Seen {
  readonly machine: MachineRecord;
  readonly certificate: CertificateRecord;
}

/** How exactly the last sighting is on record: a write for each would be most of a server's work. */
const SEEN_WITHIN_MS = 3_600_000;

/**
 * Notes that a valid certificate is in use: earlier ones of the same machine are then revoked.
 *
 * @throws ProvisionError forbidden `certificate_revoked`
 */
export async function noteUse(context: EnrolmentContext, { machine, certificate }: Seen): Promise<void> {
  try {
    await context.issuer.confirmUsed(certificate.serial, context.settings.renewAfterExpiryMs);
  } catch (error) {
    throw isCode(error, 'certificate_revoked') ? certificateRevoked() : error;
  }
  const { reissue, lateRenewals } = machine;
  const renewed = reissue !== undefined && certificate.recordedAt > reissue.at;
  if (!renewed && lateRenewals === 0 && !isStale(context, machine)) return;
  // Of two changes at once one is left out here: the next sighting will do.
  await context.machines.replace({
    ...machine,
    version: machine.version + 1,
    lastSeenAt: context.clock.now(),
    lateRenewals: 0,
    reissue: renewed ? undefined : reissue,
  });
}

const isStale = ({ clock }: EnrolmentContext, { lastSeenAt }: MachineRecord): boolean =>
  lastSeenAt === undefined || clock.now() - lastSeenAt >= SEEN_WITHIN_MS;
