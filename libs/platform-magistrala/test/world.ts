import { createBootstrapAdmin } from '@org/bootstrap-client';
import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { startPeopledEmulator } from '@org/magistrala-emulator';
import { type AuthClient, createMagistrala } from '@org/magistrala-sdk';
import { type PlatformSession, callerToken } from '@org/provisioning';
import { magistralaCertificates, magistralaPlatform } from '../src/index.js';

/** An emulator with a domain, people, and sessions of theirs on it. */
export async function openWorld() {
  const { emulator, domain, tokens } = await startPeopledEmulator({ certKey: 'ec' });
  const transport = createTransport({ limits: { readMs: 5_000, writeMs: 5_000, slowMs: 5_000 } });
  const { clients, channels, certs } = createMagistrala({ urls: emulator.urls, transport });
  const bootstrap = createBootstrapAdmin({ baseUrl: emulator.urls.bootstrap, transport });
  const certificates = magistralaCertificates(certs);
  const configurationLimit = { run: <T>(work: () => Promise<T>) => work() };
  const services = { clients, channels, bootstrap, configurationLimit, certificates };
  const access = (token: string) => ({ domainId: domain.id, token: callerToken(new Secret(token)) });
  return {
    emulator,
    domain,
    tokens,
    access,
    platform: magistralaPlatform(services),
    session: (token: string, auth?: AuthClient): PlatformSession =>
      magistralaPlatform({ ...services, auth }).open(access(token)),
    async close() {
      await transport.close();
      await emulator.close();
    },
  };
}
