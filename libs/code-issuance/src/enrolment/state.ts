import type { EnrolmentState } from '@org/domain';
/**
 * - `hold`: an operator's approval begins, or is taken up again after its process died.
 * - `approve`: the approval is complete.
 * - `release`: the approval came to nothing and left nothing; anybody may approve.
 * - `deny`
 * - `claim`: the device redeems; for legacy devices also again with a new key.
 * - `complete`: what the device gets is on record.
 * - `expire`
 */
export type EnrolmentEvent = 'hold' | 'approve' | 'release' | 'deny' | 'claim' | 'complete' | 'expire';

/** Every change of state that there is. */
const TABLE: Readonly<Record<EnrolmentEvent, Partial<Record<EnrolmentState, EnrolmentState>>>> = {
  hold: { pending: 'approving', approving: 'approving' },
  approve: { approving: 'approved' },
  release: { approving: 'pending' },
  deny: { pending: 'denied', approving: 'denied', approved: 'denied', redeeming: 'denied' },
  claim: { approved: 'redeeming', redeeming: 'redeeming', redeemed: 'redeemed' },
  complete: { redeeming: 'redeemed', redeemed: 'redeemed' },
  expire: { pending: 'expired', approving: 'expired', approved: 'expired', redeeming: 'expired' },
};

/** The state after `event`; undefined when it cannot happen in `state`. */
export const stateAfter = (state: EnrolmentState, event: EnrolmentEvent): EnrolmentState | undefined =>
  TABLE[event][state];

const FINAL: readonly EnrolmentState[] = ['redeemed', 'denied', 'expired'];

export const isFinal = (state: EnrolmentState): boolean => FINAL.includes(state);

/** States in which a code may still be guessed. */
export const GUESSABLE_STATES: readonly EnrolmentState[] = ['pending', 'approving'];
