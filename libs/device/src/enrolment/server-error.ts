import { ProvisionError, isProvisionError } from '@org/domain';
import { isTransient } from '../errors.js';

/**
 * What a server itself has answered, as opposed to what a proxy on the way to it answers, and to what goes wrong on this
 * device. Wires make these only of what no other program would say.
 */
export class ServerError extends ProvisionError {
  readonly fromServer = true;
}

/** The server has refused: what was asked for is to be given up, as asking again is no use. */
export const isRefusal = (error: unknown): boolean =>
  isProvisionError(error) && 'fromServer' in error && !isTransient(error);
