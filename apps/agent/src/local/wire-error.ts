import { Metadata, status } from '@grpc/grpc-js';
import { type ErrorCode, type ProvisionError, isProvisionError } from '@org/domain';
import { ErrorInfo, RpcStatus } from '@org/proto';

/** Names that screens look for in the text of a status (mecha wire §1.3); the text decides what they show. */
export type ProvisioningErrorName =
  | 'BadRequestError'
  | 'CertificateWriteError'
  | 'InternalServerError'
  | 'NotFoundError'
  /** Keep polling. */
  | 'ParseResponseError'
  | 'UnauthorizedError'
  | 'UnknownError'
  | 'UnreachableError';

export type CryptoErrorName =
  | 'ExtractSubjectNameError'
  | 'GeneratePrivateKeyError'
  | 'PemDeserializeError'
  | 'ReadCertFileError'
  | 'ReadPrivateKeyError'
  | 'UnknownError';

/** A status as the wire has it; why, is in `google.rpc.ErrorInfo` for programs that want to know more. */
export class WireError extends Error {
  readonly code: status;
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(code: status, details: string, reason: ErrorCode) {
    super(details);
    this.code = code;
    this.details = details.toWellFormed();
    const info = {
      typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo',
      value: Buffer.from(ErrorInfo.encode({ reason, domain: 'provision', metadata: {} }).finish()),
    };
    const bytes = RpcStatus.encode({ code, message: this.details, details: [info] }).finish();
    this.metadata.set('grpc-status-details-bin', Buffer.from(bytes));
  }
}

const STATUS: Readonly<Partial<Record<ProvisioningErrorName, status>>> = {
  UnauthorizedError: status.UNAUTHENTICATED,
  NotFoundError: status.NOT_FOUND,
  BadRequestError: status.INVALID_ARGUMENT,
  UnreachableError: status.UNAVAILABLE,
};

/** What of an error programs on the device are told. */
export type Told = Pick<ProvisionError, 'code' | 'message'>;

/** Every error that an enrolment ends with must have such a name: a screen that finds none ends badly. */
export const provisioningError = (name: ProvisioningErrorName, { code, message }: Told): WireError =>
  new WireError(STATUS[name] ?? status.UNKNOWN, `ProvisioningErrorCodes: ${name} - ${message}`, code);

export const cryptoText = (name: CryptoErrorName, message: string): string =>
  `CryptoErrorCodes:(code: ${name}, message: ${message})`;

/** Of a defect, no one is told more than that there is one. */
export const told = (error: unknown): Told & Partial<ProvisionError> =>
  isProvisionError(error)
    ? error
    : { code: 'internal', message: 'an internal error; see the log of the agent' };
