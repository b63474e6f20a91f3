import { parseDuration } from '@org/domain';
import type { Config } from '@org/layout-config';
import { type Authority, DeviceProfile, issuerIdOf } from '@org/pki';

/** What the service writes into device certificates; a certificate signed by hand must be of the same make. */
export function deviceProfile(
  { provisioning, authority: { url } }: Config,
  authority: Authority,
): DeviceProfile {
  return new DeviceProfile({
    name: 'device',
    lifetimeMs: parseDuration(provisioning.certTtl)!,
    names: { uri: ['urn:provision:machine:{machineId}'] },
    ...(url && {
      addresses: {
        crl: [`${url}/crl/${issuerIdOf(authority)}`],
        ocsp: [`${url}/ocsp`],
        caIssuers: [`${url}/v1/ca.cer`],
      },
    }),
  });
}
