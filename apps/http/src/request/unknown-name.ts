import { type ErrorCode, nearest, printable } from '@org/domain';
import { HttpFailure } from '../errors/http-failure.js';

/** What of a name is repeated to who sent it. */
const LONGEST_SHOWN = 64;

/** A name in a request, and those that might stand in its place. */
export interface UnknownName {
  readonly name: string;
  readonly known: readonly string[];
}

export const unknownField = (unknown: UnknownName): HttpFailure => refusal('field', 'unknown_field', unknown);

export const unknownParameter = (unknown: UnknownName): HttpFailure =>
  refusal('query parameter', 'unknown_query_parameter', unknown);

/** What is not understood is not done without it either: who sent it meant something by it. */
function refusal(what: string, code: ErrorCode, { name, known }: UnknownName): HttpFailure {
  const field = printable(name.slice(0, LONGEST_SHOWN));
  const meant = nearest(name, known);
  const help = meant === undefined ? knownNames(known) : `did you mean ${JSON.stringify(meant)}?`;
  return new HttpFailure(400, {
    kind: 'invalid',
    code,
    message: `unknown ${what} ${JSON.stringify(field)}; ${help}`,
    details: { field, ...(meant !== undefined && { nearest: meant }) },
  });
}

const knownNames = (known: readonly string[]): string =>
  known.length > 0 ? `known are ${known.join(', ')}` : 'this call takes none';
