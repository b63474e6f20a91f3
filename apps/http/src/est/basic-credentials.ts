import type { PollingCredentials } from '@org/code-issuance';
import { Secret } from '@org/domain';
import { HttpFailure } from '../errors/http-failure.js';

const BASIC = /^basic +([a-z\d+/]+={0,2}) *$/i;

/**
 * What a device proves with that it waits for an enrolment: the code as user name, the polling secret as password.
 * @param header of HTTP Basic authentication (RFC 7617)
 */
export function basicCredentials(header: string | undefined): PollingCredentials {
  const [, encoded = ''] = BASIC.exec(header ?? '') ?? [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon >= 0)
    return { code: new Secret(text.slice(0, colon)), pollingSecret: new Secret(text.slice(colon + 1)) };
  throw new HttpFailure(401, {
    kind: 'unauthenticated',
    code: 'missing_basic_credentials',
    message:
      "this needs HTTP Basic authentication: the device's code as user name, its polling secret as password",
  });
}
