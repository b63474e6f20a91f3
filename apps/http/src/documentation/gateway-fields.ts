import { PRINTABLE } from '@org/domain';
import { REQUEST_BYTES } from '@org/provisioning';

/** What is refused of a request for a gateway; lengths are of UTF-8, so that fewer characters may be too many. */
export const NAME = { minLength: 1, maxLength: REQUEST_BYTES.name, pattern: PRINTABLE.source };
export const EXTERNAL_ID = {
  minLength: 1,
  maxLength: REQUEST_BYTES.externalId,
  pattern: PRINTABLE.source.replace('^', '^(?!\\.{1,2}$)(?!.*\\/)'),
};
export const EXTERNAL_KEY = {
  minLength: 1,
  maxLength: REQUEST_BYTES.externalKey,
  pattern: PRINTABLE.source,
};
