import { isIPv6 } from 'node:net';

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, since a host has all of such a
 * network to itself. Other text stands for itself.
 */
export function addressGroup(address: string): string {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head, tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::').map(groupsOf);
  const zeros = Array<string>(GROUPS - head!.length - (tail?.length ?? 0)).fill('0');
  return `${[...head!, ...zeros, ...(tail ?? [])].slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
