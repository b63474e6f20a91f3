import { isIPv4 } from 'node:net';
import { addressGroup, plainAddress } from './address-group.js';

/**
 * An address as text of fixed width, so that the networks around it are its beginnings: `192.000.002.017`, and of an IPv6
 * address the /64 that a host has to itself, `2001:0db8:0001:0002`. Text that is no address stands for itself.
 */
export function addressPath(address: string): string {
  const plain = plainAddress(address);
  if (plain === undefined) return address;
  if (isIPv4(plain)) return padded(plain.split('.'), 3).join('.');
  const [network] = addressGroup(plain).split('::/');
  return padded(network!.split(':'), 4).join(':');
}

const padded = (parts: readonly string[], width: number) => parts.map((part) => part.padStart(width, '0'));

/** What has a cap of its own: an IPv4 address or IPv6 /64; an IPv6 /56; an IPv6 /48. */
export type NetworkLevel = 'address' | 'network' | 'site';

/** Lengths of the networks' paths in the paths of a family, the widest first. */
interface Family {
  readonly lengths: readonly number[];
  /** Those that have a cap. */
  readonly capped: readonly { readonly level: NetworkLevel; readonly length: number }[];
}

/** /8, /16, /24 have none: many customers share one, so that one of them would stop the others. */
const IPV4: Family = { lengths: [3, 7, 11, 15], capped: [{ level: 'address', length: 15 }] };

/** /32 is a provider's; a customer has a /48 or a /56. */
const IPV6: Family = {
  lengths: [9, 14, 17, 19],
  capped: [
    { level: 'site', length: 14 },
    { level: 'network', length: 17 },
    { level: 'address', length: 19 },
  ],
};

function familyOf(path: string): Family {
  if (path.length === 15 && path[3] === '.') return IPV4;
  if (path.length === 19 && path[4] === ':') return IPV6;
  const { length } = path;
  return { lengths: [length], capped: [{ level: 'address', length }] };
}

export interface CappedNetwork {
  readonly level: NetworkLevel;
  readonly path: string;
}

/** The networks around an address that have a cap, the widest first. @param path by `addressPath` */
export const cappedNetworks = (path: string): readonly CappedNetwork[] =>
  familyOf(path).capped.map(({ level, length }) => ({ level, path: path.slice(0, length) }));

/** The next network around an address within one of them, the address itself at last. @param within empty for all */
export function networkWithin(path: string, within: string): string {
  const length = familyOf(path).lengths.find((each) => each > within.length);
  return path.slice(0, length);
}

/**
 * The beginning of the paths of all addresses in a network.
 *
 * @param text an IP address; or a network in CIDR form: of IPv4 a /8, /16 or /24, of IPv6 up to /64 in steps of 4
 * @returns undefined for other text
 */
export function networkPath(text: string): string | undefined {
  const [address = '', bits] = text.split('/');
  const plain = plainAddress(address);
  if (plain === undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const path = addressPath(plain);
  if (bits === undefined) return path;
  const [step, perGroup] = isIPv4(plain) ? [8, 3] : [4, 4];
  const characters = isIPv4(plain) ? (Number(bits) / step) * perGroup : Number(bits) / step;
  const length = characters + Math.max(0, Math.ceil(characters / perGroup) - 1);
  return Number.isInteger(characters) && characters > 0 && length <= path.length
    ? path.slice(0, length)
    : undefined;
}
