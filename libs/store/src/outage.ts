import { isProvisionError, ProvisionError } from '@org/domain';

const CODE = 'database_unavailable';

/**
 * The database does not do what it is asked, and may do so later: it is away, full, or too busy. Whether it has done it,
 * no one can tell.
 */
export const outage = (cause: unknown): ProvisionError =>
  new ProvisionError({
    kind: 'ambiguous',
    code: CODE,
    message: "the service's database does not answer; try again later",
    cause,
  });

export const isOutage = (error: unknown): boolean => isProvisionError(error) && error.code === CODE;
