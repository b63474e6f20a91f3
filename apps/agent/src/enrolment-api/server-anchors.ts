import * as tls from 'node:tls';
import { type IdentityStore, type Trust, nodeFileSystem } from '@org/device';
import { ProvisionError, type ProxySettings, isProvisionError } from '@org/domain';
import { certificatePem, readCertificates } from '@org/x509';
import { rootFromHandshake } from './root-from-handshake.js';

interface AnchorOptions {
  readonly store: Pick<IdentityStore, 'rootIsPinned' | 'trust'>;
  /** Used when it exists. */
  readonly serverCaPath: string;
  /** Lower-case hex SHA-256. */
  readonly rootFingerprint: string | undefined;
  readonly proxies?: ProxySettings;
}

/** What a server's TLS certificate is verified by. */
export interface Anchors {
  readonly from: 'file' | 'stored_root' | 'fingerprint' | 'system';
  /** PEM; undefined: those of the system. */
  readonly pem: string | undefined;
}

/**
 * What to verify the server at `url` by: the file for it; else the root on the disk; else the root with the fingerprint
 * in the settings, which the server shows in its handshake; else the system's. A root that a server sent, and no one
 * pinned, does not take the place of the system's: the server's own TLS certificate may be from a public authority.
 *
 * @throws ProvisionError what the store and `rootFromHandshake` do; `pem_malformed`, `certificate_missing` where the file
 * holds no certificates
 */
export async function serverAnchors(
  url: string,
  { store, serverCaPath, rootFingerprint, proxies }: AnchorOptions,
  signal?: AbortSignal,
): Promise<Anchors> {
  const file = await nodeFileSystem().read(serverCaPath);
  if (file?.trim()) return { from: 'file', pem: certificatesIn(serverCaPath, file) };
  const trust = await store.trust(rootFingerprint);
  if (trust.kind === 'pinned') {
    const isPinned = rootFingerprint !== undefined || (await store.rootIsPinned());
    return { from: 'stored_root', pem: [...(isPinned ? [] : systemAnchors()), ...pemOf(trust)].join('\n') };
  }
  if (trust.kind === 'fingerprint' && url.startsWith('https:')) {
    return { from: 'fingerprint', pem: await rootFromHandshake(url, trust.sha256, { proxies, signal }) };
  }
  return { from: 'system', pem: undefined };
}

/** In the one form that every TLS library reads. */
function certificatesIn(path: string, text: string): string {
  try {
    return readCertificates(text).map(certificatePem).join('');
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    const { kind, code, message } = error;
    throw new ProvisionError({ kind, code, message: `${path}: ${message}`, details: { path }, cause: error });
  }
}

const pemOf = ({ roots }: Trust & { kind: 'pinned' }): string[] =>
  roots.map(({ der }) => certificatePem(der));

function systemAnchors(): readonly string[] {
  // Since Node 22.15; unlike `rootCertificates`, it knows NODE_EXTRA_CA_CERTS and --use-system-ca.
  const current = tls.getCACertificates as typeof tls.getCACertificates | undefined;
  return current?.('default') ?? tls.rootCertificates;
}
