import { bucket } from '@org/code-issuance';
import { type CertificateRecord } from '@org/pki';
import { type CertificateRequest, readCsr } from '@org/x509';
import { assertKeyNotBlocked } from '../certificates/blocked-key.js';
import { type Signed, credentialsOf, renewAtOf, signedOf } from '../certificates/credentials.js';
import { issueToMachine } from '../certificates/issue.js';
import { open } from '../certificates/live.js';
import type { EnrolmentContext } from '../context.js';
import { certificateExpired, isCode, tooManyRenewals } from '../errors.js';
import { changeMachine } from '../machines/change.js';
import type { MachineRecord } from '../machines/machine-store.js';
import { type Seen, noteUse } from '../machines/seen.js';
import type { MachineCredentials, RenewCall } from '../use-case-types.js';
import { identify, renewalMessage } from './proof.js';

const DAY_MS = 86_400_000;

/** The old certificate stays valid until the new one is used: the device must be able to go back to it. */
export async function renew(
  context: EnrolmentContext,
  { csr, proof }: RenewCall,
): Promise<MachineCredentials> {
  const request = readCsr(csr, context.csrRules);
  const seen = await identify(context, proof, renewalMessage(request.der));
  await assertKeyNotBlocked(context, request);
  const { machine } = seen;
  const late = isLate(context, seen);
  if (!late) await noteUse(context, seen);
  const given = await newer(context, seen, request);
  if (given) return credentialsOf(context, machine.id, signedOf(given));
  const issue = () => issueOnce(context, seen, request);
  const signed = await limited(
    context,
    machine.id,
    late ? () => counted(context, { machine, request }, issue) : issue,
  );
  const facts = { machineId: machine.id, domainId: machine.domainId, serial: signed.serial };
  context.observer.renewed?.({ ...facts, how: late ? 'late' : 'renewal' });
  return credentialsOf(context, machine.id, signed);
}

/** @throws ProvisionError forbidden `certificate_expired` */
function isLate({ clock, settings }: EnrolmentContext, { certificate }: Seen): boolean {
  const lateMs = clock.now() - certificate.notAfter;
  if (lateMs > settings.renewAfterExpiryMs) throw certificateExpired();
  return lateMs > 0;
}

/**
 * What this key has been given since the certificate that is shown, for a device that never got the answer; unless that is
 * itself to be renewed. The shown one itself is no answer, also where its key is to stay: the caller has it, and wants
 * another (RFC 7030 4.2.2).
 *
 * Of several answers to one request that was sent more than once, the first on record counts. Those before it whose
 * signature is still to come are given up, or one of them might yet become the first: no one can tell a slow process from
 * a dead one, and a slow one learns of it.
 */
async function newer(
  context: EnrolmentContext,
  { machine, certificate }: Seen,
  { keyFingerprint }: CertificateRequest,
): Promise<CertificateRecord | undefined> {
  for (;;) {
    const all = await open(context, { machineId: machine.id, keyFingerprint });
    const since = all
      .slice(all.findIndex(({ serial }) => serial === certificate.serial) + 1)
      .filter((each) => context.clock.now() < renewAtOf(each, machine));
    const first = since.findIndex(({ state }) => state === 'signed');
    if (first <= 0) return since[first];
    for (const { serial } of since.slice(0, first)) await context.issuer.giveUp(serial);
  }
}

/** @throws ProvisionError unavailable `too_many_renewals` */
async function limited<T>(context: EnrolmentContext, machineId: string, work: () => Promise<T>): Promise<T> {
  const { attempts, clock, settings } = context;
  const limit = { limit: settings.maxRenewalsPerDay, windowMs: DAY_MS };
  const renewals = [bucket(`renew/machine/${machineId}`, limit)];
  const now = clock.now();
  const full = await attempts.takeAttempt(renewals, now);
  if (full) throw tooManyRenewals(full.retryAt - now);
  try {
    return await work();
  } catch (error) {
    await attempts.giveAttemptBack(renewals);
    throw error;
  }
}

/**
 * A late renewal counts before anything is issued, so that many at once count as many; not if it fails, nor if the same one,
 * sent more than once, is under way already.
 */
async function counted<T>(
  context: EnrolmentContext,
  { machine: { id }, request: { keyFingerprint } }: { machine: MachineRecord; request: CertificateRequest },
  work: () => Promise<T>,
): Promise<T> {
  const { machines, settings, clock } = context;
  const underWay = await open(context, { machineId: id, keyFingerprint });
  if (underWay.some(({ state }) => state === 'intended')) return work();
  await changeMachine(machines, id, (machine) => {
    if (machine.lateRenewals >= settings.maxLateRenewals) throw certificateExpired();
    return { ...machine, lateRenewals: machine.lateRenewals + 1, lastSeenAt: clock.now() };
  });
  try {
    return await work();
  } catch (error) {
    await changeMachine(machines, id, (machine) => ({
      ...machine,
      lateRenewals: Math.max(0, machine.lateRenewals - 1),
    })).catch(() => undefined);
    throw error;
  }
}

/** Issues, unless someone was faster with the same request. */
async function issueOnce(
  context: EnrolmentContext,
  seen: Seen,
  request: CertificateRequest,
): Promise<Signed> {
  const machineId = seen.machine.id;
  let issued: Signed;
  try {
    issued = await issueToMachine(context, { request, machineId });
  } catch (error) {
    const faster = isCode(error, 'not_intended') && (await newer(context, seen, request));
    if (faster) return signedOf(faster);
    throw error;
  }
  const first = await newer(context, seen, request);
  if (!first || first.serial === issued.serial) return issued;
  await context.issuer.revoke(issued.serial, 'superseded');
  return signedOf(first);
}
