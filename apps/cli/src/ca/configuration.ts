import { existsSync } from 'node:fs';
import { type Clock, ProvisionError } from '@org/domain';
import { type Config, formatProblem } from '@org/layout-config';
import type { CertificateStore } from '@org/pki';
import { authorityStoreOf, openConfiguredStore, readConfiguration } from '@org/server/command-line';
import type { AuthorityStore, Store } from '@org/store';
import { hostEnvironment } from '../host-environment.js';

/** @throws ProvisionError `invalid` (`configuration_invalid`), naming every problem, a line each */
export function configuration(): Config {
  const loaded = readConfiguration(hostEnvironment, { pemFiles: false });
  if (loaded.ok) return loaded.config;
  throw new ProvisionError({
    kind: 'invalid',
    code: 'configuration_invalid',
    message: loaded.problems.map(formatProblem).join('\nerror: '),
  });
}

/**
 * Runs `work` on the service's state, and closes it whatever happens.
 *
 * @throws ProvisionError invalid `state_missing`: in a wrong folder, an empty database would pass for a sound one
 */
export async function withStore<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const { url, path } = config.state;
  if (!url && !existsSync(path)) throw stateMissing(path);
  return withNewStore(config, work);
}

/** As `withStore`, for what begins an installation: creates the state where there is none. */
async function withNewStore<T>({ state }: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openConfiguredStore(state);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const stateMissing = (path: string): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'state_missing',
    message: `there is no database ${path} here; set MG_PROVISION_STATE_PATH, or MG_PROVISION_DATABASE_URL, as the service has it`,
  });

type AuthorityWork<T> = (
  authority: AuthorityStore,
  certificates: CertificateStore,
  clock: Clock,
) => Promise<T>;

/** Runs `work` on the authority, and on the records of what it has issued, by the time of those who share them. */
export const withAuthority = <T>(config: Config, work: AuthorityWork<T>): Promise<T> =>
  withStore(config, (store) => work(authorityStoreOf(config, store), store.certificates, store.clock));

/** As `withAuthority`, for what begins an installation. */
export const withNewAuthority = <T>(config: Config, work: AuthorityWork<T>): Promise<T> =>
  withNewStore(config, (store) => work(authorityStoreOf(config, store), store.certificates, store.clock));
