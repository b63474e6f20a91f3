import { isIP } from 'node:net';
import {
  type JsonValue,
  PROXY_WANTED,
  type ProxyAddress,
  Secret,
  parseNoProxy,
  parseProxy,
} from '@org/domain';
import { KEY_KINDS } from '../key-store/key-store.js';
import { expandHome } from './home.js';

/** How a setting's value is read. Environment variables give text, YAML any value. */
export interface Kind<T> {
  /** What to write, for messages. */
  readonly wanted: string;
  /** Undefined when the value has the wrong form. */
  read(raw: JsonValue, home: string): T | undefined;
  /** Its value is shown to no one. */
  readonly secret?: true;
  /** It is a text. */
  readonly isText?: true;
  /** And nearly any: one that YAML has made something else of must not be taken for what was meant. */
  readonly isAnyText?: true;
}

const ofText = <T>(wanted: string, read: (text: string, home: string) => T | undefined): Kind<T> => ({
  wanted,
  isText: true,
  read: (raw, home) => (typeof raw === 'string' ? read(raw, home) : undefined),
});

const ofAnyText = <T>(...of: Parameters<typeof ofText<T>>): Kind<T> => ({
  ...ofText(...of),
  isAnyText: true,
});

export const text = ofAnyText('a text', (raw) => raw);

/** Numbers too, as `external_id: 335277` is one to YAML, and stands there as it is read. */
export const id: Kind<string> = {
  wanted: 'a text',
  isText: true,
  isAnyText: true,
  read: (raw) => (typeof raw === 'number' ? String(raw) : text.read(raw, '') || undefined),
};

export const secret: Kind<Secret> = {
  ...id,
  secret: true,
  read: (raw, home) => {
    const value = id.read(raw, home);
    return value === undefined ? undefined : new Secret(value);
  },
};

/** The AES key of the bootstrap service's secure endpoint (Magistrala wire §4.6). */
export const aesKey: Kind<Secret> = {
  ...secret,
  wanted: 'a text of 16, 24 or 32 bytes',
  read: (raw, home) => {
    const value = secret.read(raw, home);
    return value && [16, 24, 32].includes(Buffer.byteLength(value.reveal())) ? value : undefined;
  },
};

export const path = ofAnyText('a path such as /etc/mecha/key.pem or ~/.mecha/key.pem', (raw, home) =>
  raw === '' || raw.includes('\0') ? undefined : expandHome(raw, home),
);

/** Empty: none. */
export const pathOrNone = ofText(`${path.wanted}, or nothing`, (raw, home) =>
  raw === '' ? '' : path.read(raw, home),
);

const YES = new Set(['1', 't', 'true']);
const NO = new Set(['0', 'f', 'false']);

/** The spellings of Go's strconv.ParseBool, which Magistrala's agent reads its variables with. */
export const flag: Kind<boolean> = {
  wanted: 'true or false',
  read: (raw) => {
    const word = String(raw).toLowerCase();
    return YES.has(word) ? true : NO.has(word) ? false : undefined;
  },
};

export const integer = (wanted: string, least: number, most: number): Kind<number> => ({
  wanted,
  read(raw) {
    const value = typeof raw === 'string' && /^\d{1,9}$/.test(raw) ? Number(raw) : raw;
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : undefined;
  },
});

export const port = integer('a port from 1 to 65535, or 0 for any free one', 0, 65535);

const oneOf = <T extends string>(values: readonly T[]): Kind<T> =>
  ofText(`one of ${values.join(', ')}`, (raw) =>
    values.find((value) => value.toLowerCase() === raw.toLowerCase()),
  );

export const logLevel = oneOf(['trace', 'debug', 'info', 'warn', 'error']);
export const logFormat = oneOf(['text', 'json']);
export const keyKind = oneOf(KEY_KINDS);

/** Without trailing slash, so that paths can be appended. */
export const baseUrl = ofText('an http:// or https:// address without user, query or fragment', (raw) => {
  const url = URL.parse(raw);
  const plain =
    url && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '';
  return plain ? (url.origin + url.pathname).replace(/\/+$/, '') : undefined;
});

const DEVICE_PATH = /\/clients\/bootstrap$/;

/** Magistrala's agent wants the path of the device endpoint in it (Magistrala wire §8.4); it may be left out here. */
export const bootstrapUrl: Kind<string> = {
  wanted: `${baseUrl.wanted}, such as https://bootstrap.example/clients/bootstrap`,
  read: (raw, home) => baseUrl.read(raw, home)?.replace(DEVICE_PATH, ''),
};

/** What Magistrala calls a broker's address: `ssl://host:8883`, or a bare `host:1883`. */
export const brokerUrl = ofText('a broker such as ssl://mqtt.example:8883 or localhost:1883', (raw) =>
  /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^\s/@]+(?:\/\S*)?$/i.test(raw) ? raw : undefined,
);

/** Upstream's own scheme-less form, or a URL whose scheme says whether TLS is used. */
export const grpcUrl = ofText('host:port, https://host:port or http://host:port', (raw) => {
  const [, scheme = 'https:', rest = ''] = /^(https?:)?(?:\/\/)?(.+)$/i.exec(raw) ?? [];
  const url = URL.parse(`${scheme}//${rest}`);
  return url && url.pathname === '/' && url.username + url.password + url.search + url.hash === ''
    ? url.origin
    : undefined;
});

export const proxy: Kind<ProxyAddress | 'none'> = {
  ...ofText(PROXY_WANTED, parseProxy),
  // It may have a password.
  secret: true,
};

export const noProxy = ofText('hosts separated by commas', parseNoProxy);

const HOST = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;

/** Where to listen: an IP address, a host name, or `unix:` and the path of a socket. */
export const listenAddress = ofText('an IP address, a host name, or unix:/path/of/socket', (raw, home) => {
  if (!raw.startsWith('unix:')) return isIP(raw) !== 0 || HOST.test(raw) ? raw : undefined;
  const socket = path.read(raw.slice('unix:'.length), home);
  return socket === undefined ? undefined : `unix:${socket}`;
});

/** `AB:CD:…` and `abcd…` alike; lower-case hex. */
export const sha256 = ofText('a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed', (raw) => {
  const hex = raw.replaceAll(':', '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
});
