import { type HttpClientOptions, createHttpClient } from '@org/http-client';
import { Certs } from './certs/certs.js';
import { Channels } from './channels/channels.js';
import { Clients } from './clients/clients.js';
import { Domains } from './domains/domains.js';
import { Users } from './users/users.js';

const SERVICES = { users: Users, domains: Domains, clients: Clients, channels: Channels, certs: Certs };

type Services = { [S in keyof typeof SERVICES]: InstanceType<(typeof SERVICES)[S]> };
export type ServiceName = keyof Services;

/** Clients of the services whose addresses were given. */
export type Magistrala<S extends ServiceName = ServiceName> = Pick<Services, S>;

export interface MagistralaOptions<S extends ServiceName> extends Omit<
  HttpClientOptions,
  'baseUrl' | 'service'
> {
  /** One base address per service: no gateway serves them all (Magistrala wire §0.5). */
  readonly urls: Readonly<Record<S, string>>;
}

/**
 * ```ts
 * const transport = createTransport();
 * const { users, clients } = createMagistrala({ urls: { users: '…', clients: '…' }, transport });
 * const { accessToken } = await users.issueToken({ username, password });
 * await clients.create({ id, name: 'press-7' }, { token: accessToken, domainId });
 * ```
 *
 * @throws ProvisionError `invalid` (`invalid_base_url`)
 */
export function createMagistrala<S extends ServiceName>(options: MagistralaOptions<S>): Magistrala<S> {
  const { urls, ...http } = options;
  const wanted = (Object.keys(SERVICES) as S[]).filter((service) => urls[service] !== undefined);
  const made = wanted.map((service) => {
    const client = createHttpClient({ ...http, service, baseUrl: urls[service] });
    return [service, new SERVICES[service](client)] as const;
  });
  return Object.fromEntries(made) as Magistrala<S>;
}
