import type { ErrorCode, ErrorKind } from '@org/domain';

/** What a person needs to know about an error code: one or two sentences each. */
export interface Explanation {
  /** Where it is always the same. */
  readonly kind?: ErrorKind;
  /** The status of the HTTP API's answer, where it is always the same. */
  readonly status?: number;
  /** What happened. */
  readonly meaning: string;
  /** Where to look. */
  readonly check: string;
  /** What to do. */
  readonly fix: string;
}

export interface Topic {
  readonly title: string;
  readonly about: string;
  readonly codes: { readonly [code in ErrorCode]?: Explanation };
}
