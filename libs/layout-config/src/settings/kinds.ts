import { isIP } from 'node:net';
import {
  type JsonObject,
  type JsonValue,
  PROXY_WANTED,
  type ProxyAddress,
  REDACTED,
  Secret,
  isJsonObject,
  parseDuration,
  parseNoProxy,
  parseProxy,
  readPostgresUrl,
} from '@org/domain';
import { previewKind } from './preview.js';

/** How a setting's value is read. Environment variables give text; TOML gives any JSON value. */
export interface Kind<T> {
  /** What to write, for messages. */
  readonly wanted: string;
  /** Undefined when the value has the wrong form. */
  read(raw: JsonValue): T | undefined;
  /** What may be shown of a value, right or wrong, where that is not the value itself. */
  readonly hide?: (raw: JsonValue) => string;
  /** It may hold a secret, so that it may be kept in a file: `<variable>_FILE` names it. */
  readonly secret?: true;
  /** Blanks around a variable's value belong to it; elsewhere they do not count. */
  readonly keepsBlanks?: true;
}

/** A kind that only text can have. */
function ofText<T>(wanted: string, read: (text: string) => T | undefined): Kind<T> {
  return { wanted, read: (raw) => (typeof raw === 'string' ? read(raw) : undefined) };
}

export const text: Kind<string> = { ...ofText('a text', (raw) => raw), keepsBlanks: true };

export const secret: Kind<Secret> = { ...secretText('a text', () => true), keepsBlanks: true };

/** What goes into a header: anything else than visible ASCII would fail at every call, much later. */
export const token = secretText('a token: one line without blanks', (raw) => /^[\x21-\x7e]+$/.test(raw));

function secretText(wanted: string, fits: (text: string) => boolean): Kind<Secret> {
  return {
    ...ofText(wanted, (raw) => (fits(raw) ? new Secret(raw) : undefined)),
    secret: true,
    hide: () => REDACTED,
  };
}

/** Text that the platform keeps in a column of so many characters. */
export const shortText = (longest: number) =>
  ofText(`a text of at most ${longest} characters`, (raw) => (raw.length <= longest ? raw : undefined));

/** Tables and lists are no words; turning one into text may even throw, when it has a `toString` of its own. */
const wordOf = (raw: JsonValue): string => (typeof raw === 'object' ? '' : String(raw));

/** The spellings of Go's strconv.ParseBool, which the original reads variables with. */
const BOOLEANS = new Map(
  ['1', 't', 'T', 'true', 'TRUE', 'True']
    .map((word): [string, boolean] => [word, true])
    .concat(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false])),
);
export const flag: Kind<boolean> = {
  wanted: 'true or false',
  read: (raw) => (typeof raw === 'boolean' ? raw : BOOLEANS.get(wordOf(raw))),
};

const SWITCH = new Map([
  ['on', true],
  ['off', false],
]);
export const onOff: Kind<boolean> = {
  wanted: 'on or off',
  read: (raw) => (typeof raw === 'boolean' ? raw : SWITCH.get(wordOf(raw).toLowerCase())),
};

function integer(wanted: string, least: number, most: number): Kind<number> {
  return {
    wanted,
    read(raw) {
      // A number that begins with 0 is octal to some and decimal to others.
      const value = typeof raw === 'string' && /^(?:0|[1-9]\d{0,14})$/.test(raw) ? Number(raw) : raw;
      return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
        ? (value as number)
        : undefined;
    },
  };
}

export const port = integer('a port from 1 to 65535, or 0 for any free one', 0, 65535);

export const byteCount = integer('a number of bytes, at least 1', 1, Number.MAX_SAFE_INTEGER);

export const count = (least: number, most: number) =>
  integer(`a whole number from ${least} to ${most}`, least, most);

/** One of a few words, in any case. */
const oneOf = <const T extends string>(words: readonly T[]) =>
  ofText(`${words.slice(0, -1).join(', ')} or ${words.at(-1)}`, (raw) =>
    words.find((word) => word.toLowerCase() === raw.toLowerCase()),
  );

export const ratio: Kind<number> = {
  wanted: 'a number from 0 to 1, such as 0.1',
  read(raw) {
    const value = typeof raw === 'string' && /^[01](\.\d+)?$/.test(raw) ? Number(raw) : raw;
    return typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined;
  },
};

export const platform = oneOf(['magistrala', 'none']);
export const tlsSource = oneOf(['configured', 'builtin']);
export const certsBackend = oneOf(['magistrala', 'builtin']);
export const authorityStore = oneOf(['folder', 'database']);
export const authorityAlgorithm = oneOf(['P-256', 'P-384', 'RSA-3072', 'Ed25519']);
export const logLevel = oneOf(['debug', 'info', 'warn', 'error']);
export const logFormat = oneOf(['auto', 'json', 'text']);

/** setTimeout takes no longer waits (2^31 - 1 ms, about 24 days). */
const LONGEST_WAIT = 2_147_483_647;

/** Whole milliseconds of a Go duration; a part of one would be lost. */
function milliseconds(raw: string, least: number, most: number): number | undefined {
  const ms = parseDuration(raw);
  return Number.isInteger(ms) && ms! >= least && ms! <= most ? ms : undefined;
}

export const wait = (least: number) =>
  ofText(`a duration such as 10s, 1m30s or 250ms, ${least > 0 ? 'above 0' : 'or 0'}`, (raw) =>
    milliseconds(raw, least, LONGEST_WAIT),
  );

/** For what no timer waits for. */
export const span = (range: string, least: number, most: number) =>
  ofText(`a duration from ${range}, such as 10m or 168h`, (raw) => milliseconds(raw, least, most));

/** A Go duration kept as text, for the service that reads it. */
export const goDuration = ofText('a duration above 0 such as 2400h or 1h30m', (raw) =>
  (parseDuration(raw) ?? 0) > 0 ? raw : undefined,
);

function httpUrl(raw: string): URL | undefined {
  // `URL` takes tabs and line ends out, and turns \\ into /.
  if (!/^https?:\/\/[^\s\\]+$/i.test(raw) || !URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  const usable = url.username === '' && url.password === '' && url.hash === '' && isHostAsWritten(url, raw);
  return usable ? url : undefined;
}

/** To `URL`, 010.0.0.1 is 8.0.0.1, and 10.1 is 10.0.0.1. */
const isHostAsWritten = ({ hostname }: URL, raw: string): boolean =>
  isIP(hostname) !== 4 || raw.slice(raw.indexOf('//') + 2).startsWith(hostname);

/** Without trailing slash, so that paths can be appended. */
export const baseUrl = ofText('an http:// or https:// URL without user, query or fragment', (raw) => {
  const url = httpUrl(raw);
  return url && url.search === '' ? (url.origin + url.pathname).replace(/\/+$/, '') : undefined;
});

export const documentUrl = ofText(
  'an http:// or https:// URL without user or fragment',
  (raw) => httpUrl(raw)?.href,
);

export const hostPort = ofText('host:port, such as auth:7001', (raw) => {
  const [, digits] = /^(?:[^\s:/@[\]]+|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(raw) ?? [];
  return digits !== undefined && Number(digits) >= 1 && Number(digits) <= 65535 ? raw : undefined;
});

export const key32 = secretText(
  '32 bytes as 64 hexadecimal digits or as base64',
  (raw) => /^[\da-f]{64}$/i.test(raw) || /^[\w+/-]{43}=?$/.test(raw),
);

/** May hold a password. */
export const postgresUrl = secretText(
  'a postgres:// URL, of several hosts perhaps (host1,host2), whose target_session_attrs is any, read-write or primary',
  (raw) => readPostgresUrl(raw) !== undefined,
);

/** Shown without its credentials; of a wrong value nothing is shown, as it may hold some. */
export const proxy: Kind<ProxyAddress | 'none'> = {
  ...ofText(PROXY_WANTED, parseProxy),
  secret: true,
  hide(raw) {
    const read = proxy.read(raw);
    if (read === undefined) return REDACTED;
    return read === 'none' ? read : `http://${read.host}:${read.port}`;
  },
};

export const noProxy: Kind<readonly string[]> = {
  wanted: 'hosts separated by commas',
  read: (raw) => (typeof raw === 'string' ? parseNoProxy(raw) : undefined),
};

/** A TOML table, or a JSON object as text; shown by its kind only, as anything may stand in it. */
export const table: Kind<JsonObject> = {
  hide: previewKind,
  wanted: 'a TOML table, or a JSON object as text; no numbers beyond 2^53',
  read(raw) {
    const value = typeof raw === 'string' ? parseJson(raw) : raw;
    return isJsonObject(value) ? value : undefined;
  },
};

/** Undefined for what is no JSON, or holds a number that JavaScript cannot: `JSON.parse` would change it. */
function parseJson(raw: string): JsonValue | undefined {
  try {
    return JSON.parse(raw, (_, value: unknown) => {
      if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new RangeError();
      return value;
    }) as JsonValue;
  } catch {
    return undefined;
  }
}
