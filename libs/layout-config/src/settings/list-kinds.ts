import { isIP } from 'node:net';
import { type JsonValue, REDACTED } from '@org/domain';
import type { ConfiguredOperator } from '../config.js';
import type { Kind } from './kinds.js';

/** Text with commas, or a TOML list of texts; spaces around an item do not count. */
function listOf<T>(wanted: string, readItem: (item: string) => T | undefined): Kind<readonly T[]> {
  return {
    wanted: `${wanted}; several separated by commas, or a list in TOML`,
    read(raw) {
      const items = textsOf(raw)?.map(readItem);
      return items?.every((item) => item !== undefined) ? (items as T[]) : undefined;
    },
  };
}

function textsOf(raw: JsonValue): string[] | undefined {
  const items = typeof raw === 'string' ? raw.split(',') : raw;
  if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) return undefined;
  return items.map((item) => item.trim());
}

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** 4 or 6; 0 for what is no IP address that others can use too: one with a zone (RFC 4007 §11) is none. */
const ipVersion = (text: string): number => (text.includes('%') ? 0 : isIP(text));

/** In lower case; undefined for what is neither a host name nor an IP address. */
export function serverName(text: string): string | undefined {
  const name = text.toLowerCase();
  return ipVersion(name) !== 0 || (HOST_NAME.test(name) && !/^[\d.]+$/.test(name)) ? name : undefined;
}

/** What a TLS certificate of a server is for. */
export const names = listOf('a host name or IP address', serverName);

/** A single address is a block of one. The block of all is refused: no one's own address could be told then. */
export const addressBlocks = listOf('an IP address or CIDR block such as 10.0.0.0/8', (item) => {
  const [address = '', prefix, ...more] = item.split('/');
  const bits = { 4: 32, 6: 128 }[ipVersion(address)];
  if (bits === undefined || more.length > 0) return undefined;
  if (prefix === undefined) return item;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits ? item : undefined;
});

/** `name:hash`. Of wrong ones nothing is shown: someone may have pasted the token itself. */
export const operators: Kind<readonly ConfiguredOperator[]> = {
  ...listOf('name:hash with a hash of 64 hexadecimal digits and a name of letters, digits, . _ -', (item) => {
    const [, name, hash] = /^([\w.-]{1,64}):([\da-f]{64})$/i.exec(item) ?? [];
    return name !== undefined && hash !== undefined ? { name, tokenHash: hash.toLowerCase() } : undefined;
  }),
  secret: true,
  hide(raw) {
    const read = operators.read(raw);
    return read ? read.map(({ name }) => name).join(', ') : REDACTED;
  },
};
