import { isIP } from 'node:net';
import { ProvisionError, isProvisionError } from '@org/domain';
import { DeviceProfile } from '@org/pki';
import { type RevocationAddresses } from '@org/x509';
import ipaddr from 'ipaddr.js';

interface ServerProfileOptions {
  /** Host names and IP addresses under which the server is reached: all that the certificate is good for. */
  readonly names: readonly string[];
  /** Milliseconds. */
  readonly lifetimeMs: number;
  readonly addresses: RevocationAddresses;
}

/**
 * What is in the certificate of a TLS server. Names are part of a profile, so each list of names has one of its own.
 *
 * @throws ProvisionError invalid `server_name_invalid`
 */
export function serverProfile({ names, lifetimeMs, addresses }: ServerProfileOptions): DeviceProfile {
  const isAddress = (name: string) => isIP(name) !== 0;
  try {
    return new DeviceProfile({
      name: 'server',
      lifetimeMs,
      clientAuth: false,
      serverAuth: true,
      names: {
        dns: names.filter((name) => !isAddress(name)).map((name) => name.toLowerCase()),
        ip: names.filter(isAddress).map((name) => Buffer.from(ipaddr.parse(name).toByteArray())),
      },
      addresses,
    });
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    throw new ProvisionError({
      kind: 'invalid',
      code: 'server_name_invalid',
      message: 'a server certificate takes host names and IP addresses only',
      cause: error,
    });
  }
}
