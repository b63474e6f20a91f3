import type { JsonObject, JsonValue } from '@org/domain';
import type { Query } from '../http/query.js';
import { badRequest } from '../http/refusal.js';
import { isLike } from './like.js';
import { MOST_NAME_BYTES } from './names.js';

/** A listing's parameters (Magistrala wire §2.5). */
export interface ListQuery {
  readonly name: string;
  readonly id: string;
  readonly status: string;
  readonly tags: { readonly names: readonly string[]; readonly all: boolean };
  readonly metadata: JsonObject | undefined;
  readonly order: string;
  readonly ascending: boolean;
  readonly offset: number;
  readonly limit: number;
  readonly onlyTotal: boolean;
  /** Undefined when not asked about; empty for entities without a parent. */
  readonly group: string | undefined;
  readonly user: string;
  readonly roleId: string;
  readonly roleName: string;
  readonly actions: readonly string[];
  readonly accessType: string;
  readonly createdFrom: number | undefined;
  readonly createdTo: number | undefined;
}

const MOST_LISTED = 100;
const ORDERS = ['', 'name', 'created_at', 'updated_at'];

interface ListRules {
  readonly statuses: readonly string[];
  /** Channels refuse `?status=`; others take it for enabled. */
  readonly emptyStatusIsEnabled: boolean;
  /** Whether `limit` must be from 1 to 100. */
  readonly boundsLimit: boolean;
}

/** @throws Refusal 400 */
export function readListQuery(query: Query, rules: ListRules): ListQuery {
  const dir = query.text('dir', 'desc');
  const read: ListQuery = {
    name: query.text('name'),
    tags: readTags(query.text('tags')),
    status: readStatus(query.text('status', 'enabled'), rules),
    metadata: query.object('metadata'),
    offset: query.number('offset', 0),
    limit: query.number('limit', 10),
    ascending: dir !== 'desc',
    order: query.text('order', 'updated_at'),
    actions: splitList(query.text('actions').trim()),
    roleId: query.text('role_id'),
    roleName: query.text('role_name'),
    accessType: query.text('access_type'),
    user: query.text('user'),
    group: query.has('group') ? query.text('group') : undefined,
    id: query.text('id'),
    onlyTotal: query.flag('only_total'),
    createdFrom: query.time('created_from'),
    createdTo: query.time('created_to'),
  };
  if (rules.boundsLimit && (read.limit < 1 || read.limit > MOST_LISTED))
    throw badRequest('invalid limit size');
  if (Buffer.byteLength(read.name) > MOST_NAME_BYTES) throw badRequest('invalid name size');
  if (!ORDERS.includes(read.order)) throw badRequest('invalid list order provided');
  if (!['', 'asc', 'desc'].includes(dir)) throw badRequest('invalid list direction provided');
  return read;
}

const splitList = (text: string) => (text === '' ? [] : text.split(','));

/** `a+b` asks for all of the tags, `a,b` for any. */
function readTags(text: string): ListQuery['tags'] {
  if (text === '') return { names: [], all: false };
  const all = text.includes('+');
  const names = text.split(all ? '+' : ',').map((name) => (all || text.includes(',') ? name.trim() : name));
  return { names, all };
}

function readStatus(text: string, { statuses, emptyStatusIsEnabled }: ListRules): string {
  if (text === '' && emptyStatusIsEnabled) return 'enabled';
  if (!statuses.includes(text)) throw badRequest('invalid status');
  return text;
}

/** What a filter looks at. */
interface Listed {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly status: string;
  readonly parent_group_id?: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Whether the item passes the filters that need to know nothing but the item. */
export function passes(item: Listed, query: ListQuery): boolean {
  const { name, id, status, tags, metadata, group } = query;
  return (
    (name === '' || isLike(item.name, name)) &&
    (id === '' || item.id === id) &&
    (status === 'all' || item.status === status) &&
    (tags.names.length === 0 || hasTags(item.tags, tags)) &&
    (metadata === undefined || contains(item.metadata, metadata)) &&
    (group === undefined || item.parent_group_id === group) &&
    wasCreatedBetween(item, query)
  );
}

function wasCreatedBetween({ created_at }: Listed, { createdFrom, createdTo }: ListQuery): boolean {
  if (createdFrom === undefined && createdTo === undefined) return true;
  const createdAt = Date.parse(created_at);
  return createdAt >= (createdFrom ?? -Infinity) && createdAt <= (createdTo ?? Infinity);
}

function hasTags(tags: readonly string[], { names, all }: ListQuery['tags']): boolean {
  return all ? names.every((name) => tags.includes(name)) : names.some((name) => tags.includes(name));
}

/** PostgreSQL's `@>`: every member of the wanted value is in the value, at any depth; order and repeats do not count. */
function contains(value: JsonValue | undefined, wanted: JsonValue): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) && wanted.every((item) => value.some((candidate) => contains(candidate, item)))
    );
  }
  if (wanted !== null && typeof wanted === 'object') {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
    return Object.entries(wanted).every(([name, member]) => name in value && contains(value[name], member));
  }
  return value === wanted;
}

/** The order of a listing; ties, and an order of nothing, go by id. */
export function compareBy({ order, ascending }: ListQuery): (a: Listed, b: Listed) => number {
  const time = ({ created_at, updated_at }: Listed) =>
    order === 'updated_at' && !updated_at.startsWith('0001') ? updated_at : created_at;
  // Fractions have no zeros at the end: without the Z after them, the order of texts is that of times.
  const key = (item: Listed) => (order === 'name' ? item.name : time(item).replace(/Z$/, ''));
  const sign = ascending ? 1 : -1;
  return (a, b) => sign * (compare(key(a), key(b)) || compare(a.id, b.id));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
