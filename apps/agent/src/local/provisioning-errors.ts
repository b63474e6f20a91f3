import { status } from '@grpc/grpc-js';
import { isTransient } from '@org/device';
import { type ErrorCode, type ErrorKind, isProvisionError } from '@org/domain';
import {
  type ProvisioningErrorName,
  type Told,
  WireError,
  cryptoText,
  provisioningError,
  told,
} from './wire-error.js';

/** What a screen takes for "not approved yet". */
export const keepPolling = (why: Told): WireError => provisioningError('ParseResponseError', why);

/** No connection, as opposed to an answer that does not help. */
const UNREACHABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'connect_failed',
  'grpc_unavailable',
  'proxy_refused',
  'proxy_unreachable',
  'root_not_shown',
  'server_not_trusted',
  'server_unreachable',
]);
/** The code that a screen still shows is no longer the device's: the next one is on its way. */
const OVERTAKEN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['code_unknown', 'enrolment_not_begun']);
const ON_DISK: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'disk_full',
  'disk_read_only',
  'file_error',
  'file_in_the_way',
  'file_not_permitted',
  'folder_in_the_way',
]);

/** Why an enrolment has not come further (mecha wire §1.3). */
export function enrolmentError(error: unknown): WireError {
  const why = told(error);
  if (!isProvisionError(error)) return provisioningError('UnknownError', why);
  if (OVERTAKEN.has(error.code)) return keepPolling(why);
  if (ON_DISK.has(error.code)) return provisioningError('CertificateWriteError', why);
  if (UNREACHABLE.has(error.code)) return provisioningError('UnknownError', why);
  if (isTransient(error)) return keepPolling(why);
  if (error.code.startsWith('key_')) {
    // The text of the wire, with a name before it that screens know.
    const text = cryptoText('GeneratePrivateKeyError', error.message);
    return new WireError(
      status.INTERNAL,
      `ProvisioningErrorCodes: InternalServerError - ${text}`,
      error.code,
    );
  }
  return provisioningError('UnknownError', why);
}

type PingError = readonly [name: ProvisioningErrorName, number: number];

const UNKNOWN: PingError = ['UnknownError', 1006];

const BY_STATUS: Readonly<Record<number, PingError>> = {
  401: ['UnauthorizedError', 1002],
  404: ['NotFoundError', 1003],
  400: ['BadRequestError', 1004],
  500: ['InternalServerError', 1005],
};

const BY_KIND: Readonly<Partial<Record<ErrorKind, PingError>>> = {
  unauthenticated: BY_STATUS[401]!,
  not_found: BY_STATUS[404]!,
  invalid: BY_STATUS[400]!,
  internal: BY_STATUS[500]!,
  unavailable: ['UnreachableError', 1007],
  ambiguous: ['UnreachableError', 1007],
};

export function pingError(error: unknown): WireError {
  const { code, message, kind } = told(error);
  // Servers that are asked over HTTP have answered with it.
  const { status: answered } = Object(error) as { readonly status?: number };
  const [name, number] = (answered === undefined ? kind && BY_KIND[kind] : BY_STATUS[answered]) ?? UNKNOWN;
  return provisioningError(name, { code, message: `${message} - ${number}` });
}
