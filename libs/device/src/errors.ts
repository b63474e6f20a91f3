import { type ErrorCode, type ErrorKind, type JsonObject, ProvisionError } from '@org/domain';

interface More {
  readonly cause?: unknown;
  readonly details?: JsonObject;
}

const errorOf =
  (kind: ErrorKind) =>
  (code: ErrorCode, message: string, more: More = {}): ProvisionError =>
    new ProvisionError({ kind, code, message, ...more });

export const notFound = errorOf('not_found');
export const conflict = errorOf('conflict');
export const unavailable = errorOf('unavailable');

export const enrolling = (): ProvisionError =>
  conflict('enrolment_under_way', 'This device is being enrolled; its certificate is not renewed meanwhile.');

/** Nothing has been refused: the same call later is the thing to do. */
export const isTransient = ({ kind }: ProvisionError): boolean =>
  kind === 'unavailable' || kind === 'ambiguous';
