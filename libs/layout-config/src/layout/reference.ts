import type { ChannelType } from './layout.js';
import type { Target } from './template.js';
import type { ContentValues } from './values.js';

/** What a text can refer to. */
export interface ContentScope {
  /** Layout names, in the layout's order. */
  readonly clients: readonly string[];
  readonly channels: readonly { readonly name: string; readonly type: ChannelType | undefined }[];
  /** Index of the client that bootstraps. */
  readonly gateway: number;
  /** Configured values by name. */
  readonly values: ReadonlyMap<string, string>;
}

/** Every reference that a scope allows: what is written between `${` and `}` in normal form, and what it means. */
export type References = ReadonlyMap<string, Target>;

const CLIENT_FIELDS = { id: 'id', name: 'name', secret: 'secret' } as const;
const CERTIFICATE_FIELDS = { client_cert: 'clientCert', client_key: 'clientKey', ca_cert: 'caCert' } as const;
const CHANNEL_FIELDS = ['id', 'name'] as const;

export function referencesOf({ clients, channels, gateway, values }: ContentScope): References {
  const known = new Map<string, Target>([
    ['domain.id', { of: 'request', field: 'domainId' }],
    ['external_id', { of: 'request', field: 'externalId' }],
    ['name', { of: 'request', field: 'name' }],
  ]);
  const addClient = (path: readonly string[], index: number) => {
    for (const [word, field] of Object.entries(CLIENT_FIELDS)) {
      known.set(referenceText([...path, word]), { of: 'client', index, field });
    }
    for (const [word, field] of Object.entries(CERTIFICATE_FIELDS)) {
      known.set(referenceText([...path, word]), { of: 'certificate', index, field });
    }
  };
  const addChannel = (name: string, index: number) => {
    for (const field of CHANNEL_FIELDS)
      known.set(referenceText(['channels', name, field]), { of: 'channel', index, field });
  };
  addClient(['gateway'], gateway);
  clients.forEach((name, index) => addClient(['clients', name], index));
  channels.forEach(({ name }, index) => addChannel(name, index));
  // After the names, so that a type's word always means the type; in order, so that the last of a type wins.
  channels.forEach(({ type }, index) => type && addChannel(type, index));
  values.forEach((value, name) => known.set(referenceText(['values', name]), { of: 'value', value }));
  return known;
}

const BARE = String.raw`[\p{L}\p{N}_-]+`;
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"|'[^']*'`;
const REFERENCE = new RegExp(String.raw`\$\{\s*(${BARE}(?:\.${BARE}|\[(?:${QUOTED})\])*)\s*\}`, 'uy');
const SEGMENT = new RegExp(String.raw`${BARE}|${QUOTED}`, 'gu');

/** The normal form: dots where a name allows it, `["…"]` where it has dots, spaces or other characters. */
function referenceText(path: readonly string[]): string {
  return path
    .map((part, index) => {
      if (!new RegExp(`^${BARE}$`, 'u').test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/** A text cut into literal pieces and references. */
type Piece =
  | { readonly literal: string }
  /** In normal form. */
  | { readonly reference: string }
  /** `${` that begins no reference; shortened to what may be shown. */
  | { readonly malformed: string };

/** Reads `${…}` references; `$${` stands for `${` itself. */
export function parseText(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (let open = text.indexOf('${'); open !== -1; open = text.indexOf('${', at)) {
    const escaped = open > at && text[open - 1] === '$';
    pieces.push({ literal: text.slice(at, open) + (escaped ? '{' : '') });
    at = open + 2;
    if (escaped) continue;
    REFERENCE.lastIndex = open;
    const match = REFERENCE.exec(text);
    const path = match && segments(match[1]!);
    pieces.push(path ? { reference: referenceText(path) } : { malformed: malformedText(text, open) });
    if (match) at = REFERENCE.lastIndex;
  }
  pieces.push({ literal: text.slice(at) });
  return pieces.filter((piece) => !('literal' in piece) || piece.literal !== '');
}

/** Undefined for an escape sequence that JSON does not know. */
function segments(reference: string): string[] | undefined {
  try {
    return Array.from(reference.matchAll(SEGMENT), ([part]) => {
      if (part.startsWith('"')) return JSON.parse(part) as string;
      return part.startsWith("'") ? part.slice(1, -1) : part;
    });
  } catch {
    return undefined;
  }
}

function malformedText(text: string, open: number): string {
  const close = text.indexOf('}', open);
  return close === -1 || close - open > 60 ? '${' : text.slice(open, close + 1);
}

/** What a reference becomes; certificates that do not exist yet become "". */
export function valueOf(target: Target, values: ContentValues): string {
  switch (target.of) {
    case 'request':
      return values[target.field];
    case 'client':
      return values.clients[target.index]![target.field];
    case 'certificate':
      return values.certificates?.get(target.index)?.[target.field] ?? '';
    case 'channel':
      return values.channels[target.index]![target.field];
    case 'value':
      return target.value;
  }
}
