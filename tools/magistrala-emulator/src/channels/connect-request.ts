import { type Shape, MalformedJson, fields, listOf, texts } from '../http/go-json.js';
import { isUuid } from '../entities/names.js';
import { badRequest, missingId } from '../http/refusal.js';
import { CONNECTION_TYPES, type ConnectionType } from './connections.js';

export interface ConnectRequest {
  readonly channelIds: readonly string[];
  readonly clientIds: readonly string[];
  readonly types: readonly ConnectionType[];
}

/** In any case of letters; undefined for any other text. */
export function readConnectionType(text: string): ConnectionType | undefined {
  return CONNECTION_TYPES.find((type) => type.toLowerCase() === text.toLowerCase());
}

const connectionType: Shape<ConnectionType> = Object.assign(
  (value: unknown) => {
    const type = typeof value === 'string' ? readConnectionType(value) : undefined;
    if (type === undefined) throw new MalformedJson('no connection type');
    return type;
  },
  // `null` is decoded into an empty text, which is no type either.
  { seesNull: true },
);

export const connectShape = fields({
  channel_ids: texts,
  client_ids: texts,
  types: listOf<ConnectionType>(connectionType, () => 'Publish'),
});

type Body = ReturnType<typeof connectShape>;

/** How ids are judged: `loose` only wants them not blank (Magistrala wire §3.2). */
export type IdCheck = 'loose' | 'uuid';

/** @param channelId of the path; without one, the body's count */
export function checkConnect(
  body: Body,
  check: { readonly channels: IdCheck; readonly clients: IdCheck; readonly channelId?: string },
): ConnectRequest {
  const { client_ids: clientIds = [], types = [] } = body;
  const channelIds = check.channelId === undefined ? (body.channel_ids ?? []) : [check.channelId];
  checkIds(channelIds, check.channels);
  checkIds(clientIds, check.clients);
  if (types.length === 0) throw badRequest('missing connection type');
  return { channelIds, clientIds, types };
}

function checkIds(ids: readonly string[], check: IdCheck): void {
  if (ids.length === 0) throw missingId();
  for (const id of ids) {
    if (check === 'uuid' && !isUuid(id)) throw badRequest('invalid id format provided');
    // Magistrala says so of blank client ids as well.
    if (check === 'loose' && id.trim() === '') throw badRequest('missing channel id');
  }
}
