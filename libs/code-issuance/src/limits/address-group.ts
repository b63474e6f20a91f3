import { isIPv4, isIPv6 } from 'node:net';

const GROUPS = 8;
/** Groups of 16 bits: a host has all of a /64 to itself, and a customer of a provider up to a /48. */
const OF_HOST = 4;
const OF_SITE = 3;

/**
 * An IP address in one form: IPv6 in lower case without a zone, and IPv4 in its own form where IPv6 maps it (RFC 4291
 * 2.5.5.2). A port behind it is left out, as some proxies write one: `192.0.2.1:443`, `[2001:db8::1]:443`.
 *
 * @returns undefined for what is no IP address
 */
export function plainAddress(text: string): string | undefined {
  const [, bracketed, dotted] = WITH_PORT.exec(text.trim()) ?? [];
  const address = (bracketed ?? dotted ?? text.trim()).replace(/%.*$/, '');
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return mappedIPv4(shortest) ?? shortest;
}

const WITH_PORT = /^(?:\[([^\]]+)\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5})$/;

/** URLs write `::ffff:192.0.2.1` as `::ffff:c000:201`. */
function mappedIPv4(address: string): string | undefined {
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(parseInt(high, 16));
  bytes.writeUInt16BE(parseInt(low, 16), 2);
  return bytes.join('.');
}

/**
 * What counts as one address: an IPv4 address, or an IPv6 network of 64 bits. Text that is no address stands for itself:
 * local sockets have paths; what callers may have made up is sorted out before (`originReader` of @org/server).
 */
export const addressGroup = (address: string): string => network(address, OF_HOST);

/** What one customer may have: an IPv4 address, or an IPv6 network of 48 bits. */
export const siteGroup = (address: string): string => network(address, OF_SITE);

function network(address: string, groups: number): string {
  const plain = plainAddress(address);
  if (plain === undefined || isIPv4(plain)) return plain ?? address;
  const [head, tail] = plain.split('::').map(groupsOf);
  const zeros = Array<string>(GROUPS - head!.length - (tail?.length ?? 0)).fill('0');
  return `${[...head!, ...zeros, ...(tail ?? [])].slice(0, groups).join(':')}::/${groups * 16}`;
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
