import { type Clock, ProvisionError } from '@org/domain';
import { type Config, formatProblem } from '@org/layout-config';
import type { CertificateStore } from '@org/pki';
import { authorityStoreOf, openConfiguredStore, readConfiguration } from '@org/server';
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

/** Runs `work` on the service's state, and closes it whatever happens. */
export async function withStore<T>({ state }: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openConfiguredStore(state);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Runs `work` on the authority, and on the records of what it has issued, by the time of those who share them. */
export const withAuthority = <T>(
  config: Config,
  work: (authority: AuthorityStore, certificates: CertificateStore, clock: Clock) => Promise<T>,
): Promise<T> =>
  withStore(config, (store) => work(authorityStoreOf(config, store), store.certificates, store.clock));
