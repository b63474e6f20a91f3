import { status } from '@grpc/grpc-js';
import { ProvisionError, isProvisionError } from '@org/domain';
import { GrpcFailure } from '../errors/grpc-failure.js';

type WireError = (error: ProvisionError) => GrpcFailure;

/** Runs `work`, and maps its errors to those of the wire. */
export async function inWireWords<T>(wireError: WireError, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw wireError(isProvisionError(error) ? error : unexpected(error));
  }
}

/** What a screen takes for "keep polling". */
const KEEP_POLLING = 'ParseResponseError';

export const notApprovedYet = (): GrpcFailure =>
  refusedCode(
    new ProvisionError({
      kind: 'unavailable',
      code: 'enrolment_pending',
      message: 'no one has approved this code yet',
      details: { retryAfter: 10 },
    }),
  );

/** A device's agent reads no refusal of its server, so every one of them is "keep polling" to its screen. */
export const refusedCode: WireError = (error) =>
  failure(status.UNKNOWN, error.kind === 'internal' ? 'UnknownError' : KEEP_POLLING, error);

/** For every reason why no code can be created. */
export const noCode: WireError = (error) => wireFailure(status.UNAVAILABLE, error.message, error);

export const notDeprovisioned: WireError = (error) => {
  const [code, name] = DEPROVISION[error.kind] ?? [status.UNKNOWN, 'DeprovisioningError'];
  return failure(code, name, error);
};

const DEPROVISION: Partial<Record<ProvisionError['kind'], readonly [status, name: string]>> = {
  unauthenticated: [status.UNAUTHENTICATED, 'UnauthorizedError'],
  not_found: [status.NOT_FOUND, 'NotFoundError'],
  invalid: [status.INVALID_ARGUMENT, 'BadRequestError'],
  unavailable: [status.UNAVAILABLE, 'UnreachableError'],
};

/** Screens look for the name in the text, and some fail without it. */
const failure = (code: status, name: string, error: ProvisionError) =>
  wireFailure(code, `ProvisioningErrorCodes: ${name} - ${error.message}`, error);

function wireFailure(code: status, message: string, error: ProvisionError): GrpcFailure {
  const { kind, code: reason, details, cause } = error;
  return new GrpcFailure(code, { kind, code: reason, message, cause, ...(details && { details }) });
}

const unexpected = (cause: unknown) =>
  new ProvisionError({ kind: 'internal', code: 'internal', message: 'internal error', cause });
