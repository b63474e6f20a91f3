import { type ServiceError, status } from '@grpc/grpc-js';
import { ServerError, clockHint } from '@org/device';
import { type ErrorKind, ProvisionError, printable } from '@org/domain';
import { withoutNodeAdvice } from '../output/node-advice.js';
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

/** As grpc-js words it when the answer is none of gRPC's: it makes up a status then. */
const HTTP_STATUS = /^Received HTTP status code (\d+)$/;

/**
 * What a gRPC status means for the agent. Codes are the server's own where it gives one, else `grpc_` and the status, or
 * `proxy_answered` for what is not gRPC. Statuses that say nothing of what has happened are `ambiguous`: the same call
 * may be repeated. So may one that others than the server have refused, whatever the status: a proxy whose backend is
 * not there yet says the same.
 */
export function grpcError(error: ServiceError): ProvisionError {
  const { domain, reason, retryAfterMs } = statusDetailsOf(error);
  const isOwn = domain === 'provision';
  const kind = KINDS[error.code] ?? 'ambiguous';
  const code = codeOf(error, isOwn ? reason : undefined);
  const options = {
    kind: isOwn || kind === 'ambiguous' ? kind : 'unavailable',
    code,
    message: messageOf(error, code),
    ...(retryAfterMs && { details: { retryAfterMs } }),
    cause: error,
  };
  return isOwn ? new ServerError(options) : new ProvisionError(options);
}

function codeOf(error: ServiceError, reason = ''): string {
  if (/^[a-z][a-z0-9_]{0,63}$/.test(reason)) return reason;
  if (HTTP_STATUS.test(error.details)) return 'proxy_answered';
  if (isUntrusted(error)) return 'server_not_trusted';
  return `grpc_${(status[error.code] ?? 'UNKNOWN').toLowerCase()}`;
}

const isUntrusted = ({ code, details }: ServiceError): boolean =>
  code === status.UNAVAILABLE && UNTRUSTED.test(details);

function messageOf({ code, details }: ServiceError, known: string): string {
  const said = printable(withoutNodeAdvice(details)).slice(0, LONGEST).trim();
  const [, connecting] =
    /^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note:/.exec(`${said} `) ?? [];
  if (known === 'server_not_trusted') {
    return `The certificate of the provisioning server is not accepted: ${connecting ?? said}.${clockHint(said)} "provision-agent doctor" says more.`;
  }
  if (known === 'proxy_answered') {
    return `Something that is no provisioning server has answered (status ${HTTP_STATUS.exec(said)?.[1]}): a proxy, or another program.`;
  }
  if (connecting !== undefined) return `The provisioning server cannot be reached: ${connecting}.`;
  if (/^Name resolution/.test(said)) return `The provisioning server cannot be reached: ${said}.`;
  if (code === status.UNIMPLEMENTED) return 'The provisioning server does not offer this.';
  return said === ''
    ? `The provisioning server answered ${status[code]}.`
    : `The provisioning server says: ${said}`;
}

/** Whoever answers may have written anything, and any amount of it. */
const LONGEST = 300;
