import { type Redemption, ticketRefused } from '@org/code-issuance';
import { Secret } from '@org/domain';
import type { IssueOptions, SubjectRule } from '@org/pki';
import {
  APPROVAL,
  type ApprovalResult,
  type Bootstrap,
  bootstrapIn,
  madeBy,
  withoutToken,
} from './approval/payload.js';
import { type Signed, credentialsOf, signedOf } from './certificates/credentials.js';
import { revokeOthers, validFor } from './certificates/live.js';
import { readRequest } from './certificates/request.js';
import type { EnrolmentContext } from './context.js';
import { certificateRevoked, isCode } from './errors.js';
import { toBase64url } from './key-fingerprint.js';
import { assertNotRevoked, putOnRecord } from './machines/put-on-record.js';
import { withdrawMachine } from './machines/revoke.js';
import { type Sealed, sealed } from './sealed.js';
import type { Identity, RedeemCall } from './use-case-types.js';

/** What a device hands in. */
type HandedIn = Pick<IssueOptions, 'request' | 'subject'>;
type Issue = Extract<Redemption, { step: 'issue' }>;

/** What a device was given; all that it takes to give it again. */
interface Outcome {
  readonly machineId: string;
  readonly serial: string;
  readonly bootstrap?: Bootstrap;
}

const OUTCOME: Sealed<Outcome> = sealed((fields) => ({
  machineId: fields.text('machineId'),
  serial: fields.text('serial'),
  ...fields.optional('bootstrap', () => fields.object('bootstrap', bootstrapIn)),
}));

export async function redeem(
  context: EnrolmentContext,
  { credentials, csr, subject }: RedeemCall,
): Promise<Identity> {
  const request = await readRequest(context, csr);
  const keyFingerprint = toBase64url(request.keyFingerprint);
  return redeemAs(context, { request, subject }, () =>
    context.codes.redeem({ ...credentials, keyFingerprint }),
  );
}

/** @param claim asks for the redemption, and may be asked again when another process has taken it over */
export async function redeemAs(
  context: EnrolmentContext,
  handedIn: HandedIn,
  claim: () => Promise<Redemption>,
): Promise<Identity> {
  let lost: SupersededIssue | undefined;
  for (;;) {
    const askedAt = context.clock.monotonic();
    const redemption = await claim().catch((error: unknown) => discardSuperseded(context, lost, error));
    if (redemption.step === 'done') {
      const outcome = OUTCOME.read(redemption.outcome);
      if (lost?.serial && lost.serial !== outcome.serial)
        await context.issuer.revoke(lost.serial, 'superseded');
      return repeat(context, outcome);
    }
    let issued: Issued | undefined;
    try {
      return await context.leases.during(redemption.lease, askedAt, async () => {
        issued = await issue(context, redemption, handedIn);
        return record(context, redemption, issued);
      });
    } catch (error) {
      // A faster attempt revokes also what is not signed yet.
      if (!isCode(error, 'lease_lost', 'not_intended')) throw error;
    }
    const { enrolment } = redemption;
    lost = { enrolment, serial: issued?.certificate.serial };
    // The faster request has a newer key of the same device: this one's time is over.
    if (enrolment.binding === 'ticket') await discardSuperseded(context, lost, ticketRefused());
  }
}

/** An attempt that was too slow: another process has taken the redemption over. */
interface SupersededIssue extends Pick<Issue, 'enrolment'> {
  /** Of its certificate, if it was signed. */
  readonly serial: string | undefined;
}

async function discardSuperseded(
  context: EnrolmentContext,
  lost: SupersededIssue | undefined,
  error: unknown,
): Promise<never> {
  if (!lost) throw error;
  const { serial, enrolment } = lost;
  // The same key's other attempt may be giving this certificate out; if not, it revokes it.
  if (serial && !isCode(error, 'redemption_in_progress')) await context.issuer.revoke(serial, 'superseded');
  const now = await context.codes.find(enrolment.id);
  if (now?.state === 'expired' || now?.state === 'denied') {
    const { machineId } = madeBy(enrolment)!;
    await withdrawMachine(context, machineId, { by: 'expiry', reason: 'cessationOfOperation' });
  }
  throw error;
}

interface Issued {
  readonly made: ApprovalResult;
  readonly certificate: Signed;
}

async function issue(context: EnrolmentContext, redemption: Issue, handedIn: HandedIn): Promise<Issued> {
  const made = madeBy(redemption.enrolment)!;
  const subject = subjectRule(redemption, handedIn);
  const order = { ...handedIn, subject, machineId: made.machineId };
  return { made, certificate: await certificateFor(context, redemption, order) };
}

/** The name that a device began with, when it could not know its own, was accepted then. */
const subjectRule = ({ enrolment }: Issue, { request, subject = 'must_match' }: HandedIn): SubjectRule =>
  request.commonName === enrolment.commonName ? 'ignored' : subject;

async function certificateFor(
  context: EnrolmentContext,
  { resumed, previous }: Issue,
  order: IssueOptions,
): Promise<Signed> {
  const { issuer, machines } = context;
  if (!resumed && !previous) return issuer.issue(order);
  const { machineId } = order;
  const { keyFingerprint } = order.request;
  assertNotRevoked(await machines.find(machineId));
  const found = (await validFor(context, { machineId, keyFingerprint })).at(-1);
  return found ? signedOf(found) : issuer.issue(order);
}

/** The machine after its certificate: one that is on record can be seen and revoked. */
async function record(
  context: EnrolmentContext,
  { lease, enrolment }: Issue,
  { made, certificate }: Issued,
): Promise<Identity> {
  // By now the enrolment may be denied or expired, and undone: no machine may appear after that.
  await context.codes.renewLease(lease);
  await putOnRecord(context, enrolment, made);
  const { machineId, bootstrap } = made;
  const { serial } = certificate;
  // A legacy device has a new key after every lost response, and the last one counts; and the client that the machine is from
  // now on may have been given a certificate, with a key that others know.
  await revokeOthers(context, { machineId, serial });
  const outcome: Outcome = { machineId, serial, ...(bootstrap && { bootstrap }) };
  await context.codes.recordOutcome(lease, OUTCOME.write(outcome), APPROVAL.write(withoutToken(made)));
  const { id, domainId } = enrolment;
  context.observer.redeemed?.({ enrolmentId: id, domainId: domainId!, machineId, serial });
  return identityOf(context, outcome, certificate);
}

async function repeat(context: EnrolmentContext, outcome: Outcome): Promise<Identity> {
  const [found] = await context.certificates.find([outcome.serial]);
  if (found?.state !== 'signed') throw certificateRevoked();
  return identityOf(context, outcome, signedOf(found));
}

function identityOf(context: EnrolmentContext, { machineId, bootstrap }: Outcome, signed: Signed): Identity {
  return {
    credentials: credentialsOf(context, machineId, signed),
    bootstrap: bootstrap && {
      url: context.settings.bootstrapUrl,
      externalId: bootstrap.externalId,
      externalKey: new Secret(bootstrap.externalKey),
    },
  };
}
