import {
  type ErrorCode,
  type ErrorKind,
  type JsonObject,
  ProvisionError,
  isProvisionError,
} from '@org/domain';
import type { RunJournal } from '../journal/journal.js';
import type { Leftover } from '../journal/leftover.js';
import type { Plan } from '../plan/plan.js';
import { externalIdBeingRemoved } from '../refusals.js';
import type { StepName } from '../steps/step.js';

/** A step that did not succeed, before anybody decided what to do about it. */
export class StepFailed extends Error {
  constructor(
    readonly step: StepName,
    /** True when some call of the phase was not answered: what it asked for may still happen. */
    readonly unanswered: boolean,
    override readonly cause: unknown,
  ) {
    super(`step ${step} failed`);
  }
}

/** Provisioning failed at a step; what it had made was removed, except for `leftovers`. */
export class ProvisioningFailed extends ProvisionError {
  override readonly name = 'ProvisioningFailed';
  readonly step: StepName;
  /** Whether `code` and `message` say what is wrong, and not only at which step. */
  readonly saysItself: boolean;
  /** Still there; removed later, without being asked again. */
  readonly leftovers: readonly Leftover[];

  constructor(failed: StepFailed, leftovers: readonly Leftover[]) {
    const cause = failed.cause;
    super({
      kind: publicKind(cause),
      code: saysItself(cause) ? cause.code : `${failed.step}_failed`,
      message: isProvisionError(cause) ? cause.message : `step ${failed.step} failed`,
      cause,
      ...(isProvisionError(cause) && cause.details && { details: cause.details as JsonObject }),
    });
    this.step = failed.step;
    this.saysItself = saysItself(cause);
    this.leftovers = leftovers;
  }
}

/** Codes that say what to do, whichever step met them; so does every conflict. */
const TELLING: readonly ErrorCode[] = ['domain_unknown', 'external_id_being_removed'];

const saysItself = (cause: unknown): cause is ProvisionError =>
  isProvisionError(cause) && (cause.kind === 'conflict' || TELLING.includes(cause.code));

/** What was unanswered has been removed by now: for the caller it is an outage, and trying again is right. */
function publicKind(cause: unknown): ErrorKind {
  if (!isProvisionError(cause)) return 'internal';
  return cause.kind === 'ambiguous' ? 'unavailable' : cause.kind;
}

/** What to tell the caller: an external id that exists may be that of an earlier run, which is being removed. */
export async function explain(
  failed: StepFailed,
  { domainId, externalId }: Plan,
  journal: Pick<RunJournal, 'isBeingRemoved'>,
): Promise<StepFailed> {
  const { step, unanswered, cause } = failed;
  if (!isProvisionError(cause) || cause.code !== 'external_id_exists') return failed;
  const beingRemoved = await journal.isBeingRemoved({ domainId, externalId }).catch(() => false);
  return beingRemoved ? new StepFailed(step, unanswered, externalIdBeingRemoved(externalId, cause)) : failed;
}

/** The caller's affair, not an outage. */
export const isRefusal = (cause: unknown): boolean =>
  isProvisionError(cause) && ['conflict', 'invalid', 'unauthenticated', 'forbidden'].includes(cause.kind);
