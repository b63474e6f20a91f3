import { ProvisionError } from '@org/domain';

/**
 * The database does not do what it is asked, and may do so later: it is away, full, or too busy. Whether it has done it,
 * nobody can tell.
 */
export const outage = (cause: unknown): ProvisionError =>
  new ProvisionError({
    kind: 'ambiguous',
    code: 'database_unavailable',
    message: "the service's database does not answer; try again later",
    cause,
  });
