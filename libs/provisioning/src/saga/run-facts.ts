/** Which run something is about; safe to log. */
export interface RunFacts {
  readonly runId: string;
  readonly domainId: string;
  readonly externalId: string;
  /** Name of the further layout; absent for the main one, and for removals of completed runs. */
  readonly layout?: string;
}
