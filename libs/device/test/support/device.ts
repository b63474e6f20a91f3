import { join } from 'node:path';
import { createCsr, toPem } from '@org/x509';
import {
  FileKeyStore,
  type FileSystem,
  type IdentityPaths,
  IdentityStore,
  type StoredKey,
  type Trust,
  checkIssued,
  nodeFileSystem,
} from '../../src/index.js';
import { NOW, type TestAuthority } from './authority.js';

export const pathsIn = (folder: string): IdentityPaths => ({
  privateKey: join(folder, 'keys', 'key.pem'),
  csr: join(folder, 'keys', 'csr.pem'),
  cert: join(folder, 'certs', 'machine.pem'),
  caBundle: join(folder, 'certs', 'ca_bundle.pem'),
  root: join(folder, 'certs', 'root.pem'),
  state: join(folder, 'state'),
});

export function storeIn(folder: string, files: FileSystem = nodeFileSystem()): IdentityStore {
  const paths = pathsIn(folder);
  return new IdentityStore({ paths, keys: new FileKeyStore(paths.privateKey, files), files });
}

export const csrOf = async ({ signer }: StoredKey, commonName = 'machine-1'): Promise<string> =>
  toPem('CERTIFICATE REQUEST', await createCsr(signer, { subject: { commonName } }));

/** A certificate for a key, asked for, issued and checked. */
export async function certify(key: StoredKey, authority: TestAuthority, machineId = 'machine-1') {
  const csr = await csrOf(key, machineId);
  const issued = await authority.issue(csr, machineId);
  const trust: Trust = { kind: 'pinned', roots: [authority.root.certificate] };
  return { csr, issued, checked: checkIssued({ issued, keyFingerprint: key.fingerprint, trust, now: NOW }) };
}

/** Gives a device its next key and a certificate for it, all at once. */
export async function provision(store: IdentityStore, authority: TestAuthority, machineId = 'machine-1') {
  const key = await store.keys.prepare('P-256');
  const certified = await certify(key, authority, machineId);
  await store.install(certified.checked, { csr: certified.csr, notes: { enrolment: null } });
  return { key, ...certified };
}
