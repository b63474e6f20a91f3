/** Where a PostgreSQL database is: on one of several hosts, of which one takes writes. */
export interface PostgresHosts {
  /** A URL for each host, in the order given; without what only this product reads. */
  readonly urls: readonly [string, ...string[]];
  /** Whether only a host that takes writes will do. */
  readonly readWrite: boolean;
}

/** Those of libpq that make sense for a service that writes. */
const TARGETS = new Map([
  ['any', false],
  ['read-write', true],
  ['primary', true],
]);

/**
 * Reads a `postgres://` URL as libpq does: `host1:port1,host2:port2`, and `target_session_attrs`. With several hosts the one
 * that takes writes is wanted unless the URL says `any`.
 *
 * @returns undefined when it is none, or wants a server that takes no writes
 */
export function readPostgresUrl(text: string): PostgresHosts | undefined {
  const [, start, user = '', hosts, path = '', query = ''] =
    /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?$/i.exec(text) ?? [];
  if (start === undefined || hosts === undefined) return undefined;
  const parameters = new URLSearchParams(query);
  const target = parameters.get('target_session_attrs');
  const readWrite = target === null ? hosts.includes(',') : TARGETS.get(target);
  if (readWrite === undefined) return undefined;
  parameters.delete('target_session_attrs');
  const rest = target === null ? query : parameters.toString();
  const urls = hosts.split(',').map((host) => `${start}${user}${host}${path}${rest && `?${rest}`}`);
  const [first, ...more] = urls;
  return urls.every((url) => URL.canParse(url)) ? { urls: [first!, ...more], readWrite } : undefined;
}
