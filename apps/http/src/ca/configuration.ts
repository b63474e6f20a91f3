import { ProvisionError } from '@org/domain';
import { type Config, formatProblem } from '@org/layout-config';
import type { CertificateStore } from '@org/pki';
import { readConfiguration } from '@org/server';
import { AuthorityFolder, openStore } from '@org/store';
import { surroundings } from '../surroundings.js';

/** @throws ProvisionError `invalid` (`configuration_invalid`), naming every problem, a line each */
export function configuration(): Config {
  const loaded = readConfiguration(surroundings, { pemFiles: false });
  if (loaded.ok) return loaded.config;
  throw new ProvisionError({
    kind: 'invalid',
    code: 'configuration_invalid',
    message: loaded.problems.map(formatProblem).join('\nerror: '),
  });
}

export const authorityFolder = ({ authority }: Config): AuthorityFolder =>
  new AuthorityFolder(authority.path, authority.passphrase);

/** Runs `work` on the service's records, and closes them whatever happens. */
export async function withCertificates<T>(
  { state }: Config,
  work: (store: CertificateStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(state);
  try {
    return await work(store.certificates);
  } finally {
    await store.close();
  }
}
