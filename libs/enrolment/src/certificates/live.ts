import type { CertificateRecord, RevocationReason } from '@org/pki';
import type { EnrolmentContext } from '../context.js';

/** More than a machine ever has at a time: renewals are limited, and end what came before. */
const MOST = 1_000;

/** A machine's certificates that have not expired, in any state, in the order in which they were recorded. */
export async function unexpired(
  { certificates, clock }: EnrolmentContext,
  query: { readonly machineId: string; readonly keyFingerprint?: string },
): Promise<readonly CertificateRecord[]> {
  const page = await certificates.list({ ...query, expiresFrom: clock.now(), limit: MOST });
  return page.records;
}

/** A machine's valid certificates for a key, in the order in which they were recorded. */
export const validFor = async (
  context: EnrolmentContext,
  query: { readonly machineId: string; readonly keyFingerprint: string },
): Promise<CertificateRecord[]> =>
  (await unexpired(context, query)).filter(({ state }) => state === 'signed');

/**
 * Revokes all certificates of a machine but one. Those whose signature is still under way count too, so that a slower
 * attempt cannot hand one out.
 */
export async function revokeOthers(
  context: EnrolmentContext,
  keep: { readonly machineId: string; readonly serial: string },
  reason: RevocationReason = 'superseded',
): Promise<void> {
  const { machineId, serial } = keep;
  const others = (await unexpired(context, { machineId })).filter(
    (it) => it.serial !== serial && (it.state === 'signed' || it.state === 'intended'),
  );
  for (const other of others) await context.issuer.revoke(other.serial, reason);
}
