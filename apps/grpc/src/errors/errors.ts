import { ProvisionError } from '@org/domain';

/** Bytes that are no message of this method, a compression that is none, a deadline that cannot be read. */
export const malformedRequest = () =>
  new ProvisionError({
    kind: 'invalid',
    code: 'malformed_request',
    message: 'the request cannot be decoded: it is not a message of this method',
  });

export const certificateRequired = () =>
  new ProvisionError({
    kind: 'unauthenticated',
    code: 'client_certificate_required',
    message: 'this call needs the certificate of the machine as TLS client certificate',
  });

export const tooManyStreams = (limit: 'address' | 'over_all', retryAfter: number) =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'too_many_streams',
    message: 'too many streams are open; poll, or retry later',
    details: { limit, retryAfter },
  });

export const stopping = () =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'stopping',
    message: 'this server is shutting down; reconnect',
    details: { retryAfter: 1 },
  });
