import { createCsr, toPem } from '@org/x509';
import type { StoredKey } from './key-store/key-store.js';

/**
 * A certificate request for a key, PEM.
 *
 * @param commonName undefined: an empty subject
 * @throws ProvisionError `invalid` (`name_part_malformed`) for a machine id that is no common name
 */
export const requestFor = async ({ signer }: StoredKey, commonName?: string): Promise<string> =>
  toPem('CERTIFICATE REQUEST', await createCsr(signer, { subject: { commonName } }));
