import type { RevocationReason } from '@org/domain';
import type { CertificateRecord } from '@org/pki';
import type { EnrolmentContext } from '../context.js';

/** More than a machine ever has at a time: renewals are limited, and end what came before. */
const MOST = 1_000;

/**
 * A machine's certificates that have not expired and whose signature is on record or still under way, in the order in
 * which they were recorded.
 *
 * @param query.expiresFrom also those that expired, but not before this
 */
export async function open(
  { certificates, clock }: EnrolmentContext,
  query: { readonly machineId: string; readonly keyFingerprint?: string; readonly expiresFrom?: number },
): Promise<CertificateRecord[]> {
  const page = await certificates.list({ expiresFrom: clock.now(), ...query, limit: MOST });
  return page.records.filter(({ state }) => state === 'signed' || state === 'intended');
}

/** A machine's valid certificates for a key, in the order in which they were recorded. */
export const validFor = async (
  context: EnrolmentContext,
  query: { readonly machineId: string; readonly keyFingerprint: string },
): Promise<CertificateRecord[]> => (await open(context, query)).filter(({ state }) => state === 'signed');

/**
 * Revokes all certificates of a machine but one. Those whose signature is still under way count too, so that a slower
 * attempt cannot hand one out; and those that expired, as long as they may be renewed late.
 */
export async function revokeOthers(
  context: EnrolmentContext,
  keep: { readonly machineId: string; readonly serial: string },
  reason: RevocationReason = 'superseded',
): Promise<void> {
  const { machineId, serial } = keep;
  const expiresFrom = context.clock.now() - context.settings.renewAfterExpiryMs;
  const others = (await open(context, { machineId, expiresFrom })).filter((it) => it.serial !== serial);
  for (const other of others) await context.issuer.revoke(other.serial, reason);
}
