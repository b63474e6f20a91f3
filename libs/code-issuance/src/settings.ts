import type { Limit } from './limits/bucket.js';
import type { Caps } from './limits/room.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Limits on looking codes up. Only failures count: an attempt that finds its code is given back. */
export interface AttemptSettings {
  /** 10 in 10 minutes; the only one for operators whom the caller vouches for. */
  readonly perOperator: Limit;
  /** For operators without a recent approval: 30 in 10 minutes from one address. */
  readonly perAddress: Limit;
  /** For operators without a recent approval, all together: 100 in 10 minutes. */
  readonly overAll: Limit;
  /** For operators with a recent approval, all together: 1000 in 10 minutes. */
  readonly overAllKnown: Limit;
  /** Within those two, at codes that devices make, which are far shorter: 10 and 50 in 10 minutes. */
  readonly deviceMade: { readonly overAll: Limit; readonly overAllKnown: Limit };
  /** How long an approval counts as recent: 30 days. */
  readonly knownForMs: number;
}

/** Times of an enrolment; those of `ticket` differ. */
export interface Terms {
  /** From the code to its approval: 10 minutes; `ticket`: 2. */
  readonly lifetimeMs: number;
  /** From the approval to the redemption: 1 hour; `ticket`: 2 minutes, since the device forgets its code after one. */
  readonly redeemWithinMs: number;
  /** How long an enrolment that was approved is kept after its end: 30 days. */
  readonly keepMs: number;
  /** The same for one that was not: 1 hour. */
  readonly keepUnapprovedMs: number;
  /** How long after the first redemption a new key may take its place: never; `ticket`: 2 minutes. */
  readonly repeatWithinMs: number;
  /** How often a redemption may be begun: without limit; `ticket`: 5 times. */
  readonly maxRedemptions: number;
}

export interface CodeSettings {
  readonly terms: Terms;
  /** How long an approval or a redemption may be silent before another process may take it up: 15 s. */
  readonly leaseMs: number;
  /** 5 s. */
  readonly pollIntervalMs: number;
  /** Enrolments that wait for approval at a time: 5000 in all; 500 of an address, 1000 of an IPv6 /56, 2000 of a /48. */
  readonly pending: Caps;
  /** How many may wait with a code of 8 letters: 100. Those that come when as many wait, whatever their codes, get 10. */
  readonly shortCodes: number;
  readonly attempts: AttemptSettings;
  /** Codes that devices make themselves; undefined: not accepted. */
  readonly legacy: LegacySettings | undefined;
}

export interface LegacySettings {
  readonly terms: Terms;
  /** A code can be approved this long after a device asked about it: 30 s. */
  readonly askedWithinMs: number;
  /** How long a ticket is valid: 2 minutes, since legacy devices are slow to make their keys. */
  readonly ticketLifetimeMs: number;
  /** Whether only the address that asked about the code before its approval gets tickets and may hand them in: yes. */
  readonly bindAddress: boolean;
  /** Questions about codes, from one address: 120 a minute. */
  readonly asksPerAddress: Limit;
  /** Codes remembered as asked about: 100, since these are easier to guess; 50 of an address, up to an IPv6 /48. */
  readonly asked: Caps;
  /** Codes that one operator may claim, found or not redeemed later: 20 in 10 minutes. */
  readonly claimsPerOperator: Limit;
}

const TERMS: Terms = {
  lifetimeMs: 10 * MINUTE,
  redeemWithinMs: HOUR,
  keepMs: 30 * DAY,
  keepUnapprovedMs: HOUR,
  repeatWithinMs: 0,
  maxRedemptions: Infinity,
};

const per10Minutes = (limit: number): Limit => ({ limit, windowMs: 10 * MINUTE });

export const DEFAULT_SETTINGS: CodeSettings = {
  terms: TERMS,
  leaseMs: 15 * SECOND,
  pollIntervalMs: 5 * SECOND,
  pending: { overAll: 5_000, site: 2_000, network: 1_000, address: 500 },
  shortCodes: 100,
  attempts: {
    perOperator: per10Minutes(10),
    perAddress: per10Minutes(30),
    overAll: per10Minutes(100),
    overAllKnown: per10Minutes(1_000),
    deviceMade: { overAll: per10Minutes(10), overAllKnown: per10Minutes(50) },
    knownForMs: 30 * DAY,
  },
  legacy: undefined,
};

/** To be given as `legacy` where legacy devices are to be let in. */
export const LEGACY_SETTINGS: LegacySettings = {
  terms: {
    ...TERMS,
    lifetimeMs: 2 * MINUTE,
    redeemWithinMs: 2 * MINUTE,
    repeatWithinMs: 2 * MINUTE,
    maxRedemptions: 5,
  },
  askedWithinMs: 30 * SECOND,
  ticketLifetimeMs: 2 * MINUTE,
  bindAddress: true,
  asksPerAddress: { limit: 120, windowMs: MINUTE },
  asked: { overAll: 100, site: 50, network: 50, address: 50 },
  claimsPerOperator: per10Minutes(20),
};
