import { BlockList, isIP } from 'node:net';
import { isLoopback } from './loopback.js';
import { Secret } from './secret.js';

/** An HTTP proxy that opens connections for others by CONNECT (RFC 9110 section 9.3.6). */
export interface ProxyAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** `user:password` */
  readonly credentials: Secret | undefined;
}

export interface Proxy extends ProxyAddress {
  /** The setting or variable that names it, for messages. */
  readonly from: string;
}

/** Which connections go through a proxy. */
export interface ProxySettings {
  readonly proxy: Proxy;
  /** Entries of NO_PROXY: a host with all names below it, an IP address, a block of them, each with a port or without; `*`. */
  readonly noProxy: readonly string[];
}

/** What a setting for a proxy can be, for messages. */
export const PROXY_WANTED = 'http://host:port, http://user:password@host:port, or none';

/** Undefined for what is neither the address of a proxy nor `none`. */
export function parseProxy(text: string): ProxyAddress | 'none' | undefined {
  if (text === 'none') return 'none';
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url?.protocol !== 'http:' || url.pathname + url.search + url.hash !== '/') return undefined;
  const credentials = credentialsOf(url);
  return credentials === undefined
    ? undefined
    : { host: bare(url.hostname), port: Number(url.port || 80), credentials: credentials || undefined };
}

/** Empty when there are none; undefined when they are malformed. */
function credentialsOf({ username, password }: URL): Secret | '' | undefined {
  if (username + password === '') return '';
  try {
    return new Secret(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  } catch {
    return undefined;
  }
}

/** Entries of a list as NO_PROXY has them: separated by commas, blanks, or both. */
export const parseNoProxy = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');

/**
 * The one rule for every outgoing connection: those with TLS go through the proxy, but to this machine itself and to what
 * `noProxy` names. Those without TLS never do: a proxy could read what they carry.
 *
 * @param url an address whose protocol is `https:` for every connection with TLS, gRPC included
 */
export function proxyFor(settings: ProxySettings | undefined, url: string): Proxy | undefined {
  if (settings === undefined) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const host = bare(hostname).replace(/\.$/, '');
  if (protocol !== 'https:' || isLoopback(host) || host.endsWith('.localhost')) return undefined;
  const isExempt = settings.noProxy.some((entry) => matches(entry, host, port || '443'));
  return isExempt ? undefined : settings.proxy;
}

/** For messages: without the credentials. */
export const proxyName = ({ host, port, from }: Proxy): string =>
  `the proxy http://${host.includes(':') ? `[${host}]` : host}:${port} (${from})`;

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, address = entry, itsPort] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  if (itsPort !== undefined && itsPort !== port) return false;
  const name = bare(address)
    .replace(/^\*?\./, '')
    .replace(/\.$/, '');
  if (isIP(host) !== 0) return isInBlock(name, host);
  return host === name || host.endsWith(`.${name}`);
}

function isInBlock(block: string, host: string): boolean {
  const [address = '', bits] = block.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const most = family === 'ipv6' ? 128 : 32;
  const prefix = Number(bits ?? most);
  if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix > most) return false;
  const blocks = new BlockList();
  blocks.addSubnet(address, prefix, family);
  return blocks.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
