/** What a device says of itself, for an operator to compare; nothing of it is proven. */
export interface DeviceFacts {
  readonly model?: string;
  readonly serial?: string;
  readonly hostname?: string;
  readonly address?: string;
}

/**
 * What an enrolment is bound to:
 * - `key`: to the key that the device had when it asked for the code.
 * - `ticket`: to the one who asked about a code that the device itself made; the key comes with the ticket.
 */
export type KeyBinding = 'key' | 'ticket';

/**
 * Where an enrolment is:
 * - `pending`: the code is shown; no one has approved it.
 * - `approving`: an operator's approval is being carried out, or its process died while it was.
 * - `approved`: the device may redeem.
 * - `redeeming`: a certificate is being issued, or the process that did died.
 * - `redeemed`: the device's certificate is on record, and given to the same key as often as it asks.
 * - `denied`: an operator said no, or took the approval back.
 * - `expired`: no one approved, or the device did not redeem, in time.
 */
export type EnrolmentState =
  'pending' | 'approving' | 'approved' | 'redeeming' | 'redeemed' | 'denied' | 'expired';

export type MachineState = 'active' | 'revoked';

/** Why a certificate is revoked (RFC 5280 5.3.1), of those reasons that are never taken back. */
export type RevocationReason =
  | 'unspecified'
  | 'keyCompromise'
  | 'cACompromise'
  | 'affiliationChanged'
  | 'superseded'
  | 'cessationOfOperation'
  | 'privilegeWithdrawn'
  | 'aACompromise';

/** Something that a failed run created and that could not be removed yet. */
export interface Leftover {
  readonly type: 'configuration' | 'certificate' | 'client' | 'channel';
  readonly id: string;
  /** Why, in words safe to show. */
  readonly reason: string;
}
