import type { Secret } from '@org/domain';

/** Who calls, and until when. */
export interface CallOptions {
  readonly token: Secret;
  readonly signal?: AbortSignal;
}

/** The same, in a domain. */
export interface DomainCallOptions extends CallOptions {
  readonly domainId: string;
}
