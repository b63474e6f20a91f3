import type { Secret } from '@org/domain';

/** What a call to a service takes beside its arguments. */
export interface Call {
  readonly domainId: string;
  readonly token: Secret;
  readonly signal: AbortSignal | undefined;
}

/** Who calls, until when. Asked anew for each call: for the token, and whether the lease is still held. */
export type CallOf = (signal: AbortSignal | undefined) => Promise<Call>;
