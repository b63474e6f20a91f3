import { applyDecorators } from '@nestjs/common';
import { COUNTED_AT_MOST, type Position } from '@org/domain';
import { ApiRefusal } from '../documentation/refusals.js';
import { HttpFailure } from '../errors/http-failure.js';
import { TakesQuery } from './query-parameters.js';

const DEFAULT_LIMIT = 10;
const LONGEST_PAGE = 100;

export interface Paging {
  readonly offset: number;
  readonly limit: number;
}

/** For lists that grow without end. */
interface CursorPaging extends Paging {
  readonly after?: Position;
}

/** Describes the query parameters of a list, and the answers to invalid ones. */
export const ApiPaging = () =>
  applyDecorators(
    TakesQuery({ name: 'offset', required: false, schema: { type: 'integer', minimum: 0, default: 0 } }),
    TakesQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: LONGEST_PAGE, default: DEFAULT_LIMIT },
    }),
    ApiRefusal(
      400,
      'A query parameter is invalid (`invalid_query_parameters`) or unknown (`unknown_query_parameter`)',
    ),
  );

/** As `ApiPaging`, for lists that also take `after`. */
export const ApiCursorPaging = () =>
  applyDecorators(
    ApiPaging(),
    TakesQuery({
      name: 'after',
      required: false,
      description: '`next` of the page before. Pages by `after` cost the same however long the list is.',
      schema: { type: 'string' },
    }),
  );

/** @throws HttpFailure 400 `invalid_query_parameters` */
export function parseCursorPaging(query: Readonly<Record<string, unknown>>): CursorPaging {
  const paging = parsePaging(query);
  if (paging.offset > COUNTED_AT_MOST)
    throw invalidQuery('offset', `offset must be at most ${COUNTED_AT_MOST}; read further pages with after`);
  return query['after'] === undefined ? paging : { ...paging, after: parseCursor(query['after']) };
}

export const formatCursor = ({ at, id }: Position): string =>
  Buffer.from(`${at} ${id}`).toString('base64url');

function parseCursor(given: unknown): Position {
  const text = typeof given === 'string' ? Buffer.from(given, 'base64url').toString() : '';
  const [, at, id] = /^(\d{1,15}) (\S{1,200})$/.exec(text) ?? [];
  if (at === undefined || id === undefined)
    throw invalidQuery('after', 'after must be `next` of another page');
  return { at: Number(at), id };
}

/** @throws HttpFailure 400 `invalid_query_parameters` */
export function parsePaging(query: { readonly offset?: unknown; readonly limit?: unknown }): Paging {
  return {
    offset: whole('offset', query.offset, { least: 0, most: Number.MAX_SAFE_INTEGER, otherwise: 0 }),
    limit: whole('limit', query.limit, { least: 1, most: LONGEST_PAGE, otherwise: DEFAULT_LIMIT }),
  };
}

/** One of the words that a query parameter may be; undefined when it is absent. @throws as `parsePaging` */
export function parseChoice<T extends string>(
  field: string,
  given: unknown,
  choices: readonly T[],
): T | undefined {
  if (given === undefined) return undefined;
  const choice = choices.find((each) => each === given);
  if (choice !== undefined) return choice;
  throw invalidQuery(field, `${field} must be one of ${choices.join(', ')}`);
}

function whole(
  field: string,
  given: unknown,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (typeof given === 'string' && /^\d{1,16}$/.test(given) && value >= least && value <= most) return value;
  throw invalidQuery(field, `${field} must be a whole number from ${least} to ${most}`);
}

const invalidQuery = (field: string, message: string) =>
  new HttpFailure(400, { kind: 'invalid', code: 'invalid_query_parameters', message, details: { field } });
