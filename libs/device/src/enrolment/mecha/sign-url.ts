import { invalid } from '@org/domain';
import type { Path } from '@org/http-client';

/**
 * Where a certificate request is to be sent: what the server calls `cert_sign_url`, as a path below `serverUrl`.
 *
 * mecha-agent glues the two texts together, so that `@evil.example/` or `.evil.example/` would lead elsewhere (mecha
 * wire §7, R21). Here it must be a path, or an address with the same origin, that stays below the server's own path.
 *
 * @param serverUrl without trailing slash
 * @throws ProvisionError `invalid` (`sign_url_elsewhere`)
 */
export function signPath(serverUrl: string, signUrl: string): Path {
  const base = new URL(serverUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const isPath = /^\/(?![/\\])/.test(signUrl);
  const url =
    isPath || /^https?:\/\//i.test(signUrl)
      ? URL.parse(isPath ? `${base.origin}${prefix}${signUrl}` : signUrl)
      : null;
  const inside =
    url?.origin === base.origin &&
    url.username + url.password === '' &&
    url.pathname.startsWith(`${prefix}/`);
  if (!url || !inside) {
    throw invalid(
      'sign_url_elsewhere',
      'The address for certificate requests is not below that of the provisioning server.',
    );
  }
  // The URL parser has encoded it; encoding it again would change it.
  return `${url.pathname.slice(prefix.length)}${url.search}` as string as Path;
}
