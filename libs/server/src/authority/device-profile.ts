import { parseDuration } from '@org/domain';
import type { Config } from '@org/layout-config';
import { type Authority, DeviceProfile, issuerIdOf } from '@org/pki';

/** What the service writes into device certificates; a certificate signed by hand must be of the same make. */
export const deviceProfile = (config: Config, authority: Authority): DeviceProfile =>
  profile('device', config, authority);

/**
 * The same for a client of the platform that was given its key with its certificate: it is no proof of being the machine
 * that has the client's id.
 */
export const clientProfile = (config: Config, authority: Authority): DeviceProfile =>
  profile(CLIENT_PROFILE, config, authority);

export const CLIENT_PROFILE = 'client';

function profile(
  name: string,
  { provisioning, authority: { url } }: Config,
  authority: Authority,
): DeviceProfile {
  return new DeviceProfile({
    name,
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
