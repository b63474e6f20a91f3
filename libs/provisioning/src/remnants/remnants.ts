import type { Leftover } from '../journal/leftover.js';
import type { RunFacts } from '../saga/run-facts.js';

/** Something that a run created, or may have created, and that the platform's API can never remove. */
export type Remnant = Pick<Leftover, 'type' | 'id' | 'reason'>;

/** What there is of one run. */
export interface RunRemnants {
  readonly runId: string;
  readonly domainId: string;
  readonly externalId: string;
  /** Milliseconds since 1970, of the first. */
  readonly foundAt: number;
  readonly items: readonly Remnant[];
  /** The operator who has taken note of all of them; undefined while no one has. */
  readonly acknowledged: { readonly at: number; readonly by: string } | undefined;
}

export interface RemnantsQuery {
  readonly domainId: string;
  readonly offset: number;
  readonly limit: number;
  /** True: also those that were acknowledged. */
  readonly acknowledged: boolean;
}

/** The record of remnants: nothing here is tried again, and nothing is forgotten. */
export interface Remnants {
  /**
   * Adds to what is on record of a run; new ones have to be acknowledged again. May be repeated.
   *
   * @returns those that were not on record
   */
  record(
    run: Pick<RunFacts, 'runId' | 'domainId' | 'externalId'>,
    found: readonly Remnant[],
  ): Promise<readonly Remnant[]>;
  /** Oldest first. */
  list(query: RemnantsQuery): Promise<{ readonly total: number; readonly runs: readonly RunRemnants[] }>;
  /** Notes who has taken note; the first remains. @returns what it was about, undefined where the domain has no such run */
  acknowledge(of: {
    readonly domainId: string;
    readonly runId: string;
    readonly by: string;
  }): Promise<RunRemnants | undefined>;
  /** For metrics: things that no one has acknowledged. */
  count(): Promise<number>;
}
