import { type ServiceError, status } from '@grpc/grpc-js';
import { ServerError, clockHint } from '@org/device';
import { type ErrorCode, type ErrorKind, ProvisionError, printable } from '@org/domain';
import { connectionProblem } from '@org/http-client/tunnel';
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
 *
 * @param url where the server is, for messages
 */
export function grpcError(error: ServiceError, url: string): ProvisionError {
  const { domain, reason, retryAfterMs } = statusDetailsOf(error);
  const isOwn = domain === 'provision';
  const kind = KINDS[error.code] ?? 'ambiguous';
  const code = codeOf(error, isOwn ? reason : undefined);
  const options = {
    kind: isOwn || kind === 'ambiguous' ? kind : 'unavailable',
    code,
    message: messageOf(error, { code, isOwn, url }),
    ...(retryAfterMs && { details: { retryAfterMs } }),
    cause: error,
  };
  return isOwn ? new ServerError(options) : new ProvisionError(options);
}

/** As grpc-js words it: why there is no connection, and what its names were. */
const NO_CONNECTION = /^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note:/;

/** Whether a call has not even reached a server. */
export const isWithoutConnection = ({ code, details }: ServiceError): boolean =>
  (code === status.UNAVAILABLE && NO_CONNECTION.test(`${details} `)) ||
  (code === status.DEADLINE_EXCEEDED && details.includes('Waiting for LB pick'));

function codeOf(error: ServiceError, reason = ''): ErrorCode {
  // A newer server may know more of them than this agent does.
  if (/^[a-z][a-z0-9_]{0,63}$/.test(reason)) return reason as ErrorCode;
  if (HTTP_STATUS.test(error.details)) return 'proxy_answered';
  if (isUntrusted(error)) return 'server_not_trusted';
  return `grpc_${(status[error.code] ?? 'UNKNOWN').toLowerCase() as Failed}`;
}

type Failed = Lowercase<Exclude<keyof typeof status, 'OK'>>;

const isUntrusted = ({ code, details }: ServiceError): boolean =>
  code === status.UNAVAILABLE && UNTRUSTED.test(details);

function messageOf(
  error: ServiceError,
  { code, isOwn, url }: { readonly code: ErrorCode; readonly isOwn: boolean; readonly url: string },
): string {
  const server = `The provisioning server at ${url}`;
  const said = printable(withoutNodeAdvice(error.details)).slice(0, LONGEST).trim();
  const [, connecting] = NO_CONNECTION.exec(`${said} `) ?? [];
  if (code === 'server_not_trusted') {
    return `The certificate of the provisioning server at ${url} is not accepted: ${connecting ?? said}.${clockHint(said)} "provision-agent doctor" says more.`;
  }
  if (code === 'proxy_answered') {
    return `Something at ${url} that is no provisioning server has answered (status ${HTTP_STATUS.exec(said)?.[1]}): a proxy, or another program.`;
  }
  if (isOwn && said !== '') return `The provisioning server says: ${said}`;
  if (connecting !== undefined) return `${server} cannot be reached: ${reasonOf(connecting)}.`;
  if (/^Name resolution/.test(said)) return `${server} cannot be reached: its name cannot be looked up.`;
  if (error.code === status.UNIMPLEMENTED) return `${server} does not offer this.`;
  if (error.code === status.DEADLINE_EXCEEDED) return `${server} has not answered in time.`;
  return said === '' ? `${server} answered ${status[error.code]}.` : `${server}: ${said}`;
}

/** The answering end may have written anything, and any amount of it. */
const LONGEST = 300;

/** In grpc-js's words, or "undefined" where a connection was given up before it was there. */
function reasonOf(reason: string): string {
  const [code] = /\bE[A-Z_]{4,}\b/.exec(reason) ?? [];
  if (code !== undefined) return connectionProblem(Object.assign(new Error(reason), { code }));
  return reason === 'undefined' ? 'there is no connection' : reason;
}
