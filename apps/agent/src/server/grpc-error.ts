import { type ServiceError, status } from '@grpc/grpc-js';
import { type ErrorKind, ProvisionError } from '@org/domain';
import { statusDetailsOf } from './status-details.js';

const KINDS: Readonly<Partial<Record<status, ErrorKind>>> = {
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.OUT_OF_RANGE]: 'invalid',
  [status.UNIMPLEMENTED]: 'invalid',
  [status.NOT_FOUND]: 'not_found',
  [status.ALREADY_EXISTS]: 'conflict',
  [status.FAILED_PRECONDITION]: 'conflict',
  [status.PERMISSION_DENIED]: 'forbidden',
  [status.UNAUTHENTICATED]: 'unauthenticated',
  [status.UNAVAILABLE]: 'unavailable',
  [status.RESOURCE_EXHAUSTED]: 'unavailable',
  [status.ABORTED]: 'unavailable',
};

/** As OpenSSL and Node word it when they do not accept a server's certificate. */
const UNTRUSTED = /certificate|self.signed|altname|CERT_/i;

/**
 * What a gRPC status means for the agent. Codes are the server's own where it gives one, else `grpc_` and the status.
 * Statuses that say nothing of what has happened are `ambiguous`: the same call may be repeated.
 */
export function grpcError(error: ServiceError): ProvisionError {
  const { domain, reason = '', retryAfterMs } = statusDetailsOf(error);
  const name = (status[error.code] ?? 'UNKNOWN').toLowerCase();
  const own = domain === 'provision' && /^[a-z][a-z0-9_]{0,63}$/.test(reason) ? reason : undefined;
  const code = own ?? (isUntrusted(error) ? 'server_not_trusted' : `grpc_${name}`);
  return new ProvisionError({
    kind: KINDS[error.code] ?? 'ambiguous',
    code,
    message: messageOf(error, code),
    ...(retryAfterMs && { details: { retryAfterMs } }),
    cause: error,
  });
}

const isUntrusted = ({ code, details }: ServiceError): boolean =>
  code === status.UNAVAILABLE && UNTRUSTED.test(details);

function messageOf({ code, details }: ServiceError, known: string): string {
  const said = printable(details);
  const [, connecting] =
    /^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note:/.exec(`${said} `) ?? [];
  if (known === 'server_not_trusted') {
    return `The certificate of the provisioning server is not accepted: ${connecting ?? said}. "provision-agent doctor" says more.`;
  }
  if (connecting !== undefined) return `The provisioning server cannot be reached: ${connecting}.`;
  if (/^Name resolution/.test(said)) return `The provisioning server cannot be reached: ${said}.`;
  if (code === status.UNIMPLEMENTED) return 'The provisioning server does not offer this.';
  return said === ''
    ? `The provisioning server answered ${status[code]}.`
    : `The provisioning server says: ${said}`;
}

const LONGEST = 300;

/** Whoever answers may have written anything; a terminal must not take it for commands. */
const printable = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .slice(0, LONGEST)
    .trim();
