import type { ErrorCode } from '@org/domain';
import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { WIRE } from '../errors/messages.js';
import { HttpFailure } from '../errors/http-failure.js';
import { unknownField } from './unknown-name.js';
import { type JsonBounds, exceededBound } from './json-size.js';

const JSON_TYPE = 'application/json';

/** Calls take a dozen fields, two deep. */
const BOUNDS: JsonBounds = { values: 1_000, depth: 32 };

/**
 * `exact`: as Magistrala, which takes no parameters. `any_charset`: for wires of our own, since some clients add one.
 * `or_nothing`: the same, or no body at all, which counts as an empty object.
 */
type BodyRule = 'exact' | 'any_charset' | 'or_nothing';

/** A body that was parsed as a JSON object, not validated yet. `null` counts as an empty object, as in Go. */
export function parseJsonBody(
  request: Pick<FastifyRequest, 'headers' | 'body'>,
  rule: BodyRule = 'exact',
): object {
  if (rule === 'or_nothing' && !(request.body as Buffer | undefined)?.length) return {};
  const type = request.headers['content-type'];
  const given = rule === 'exact' ? type : type?.split(';')[0]!.trim().toLowerCase();
  if (given !== JSON_TYPE)
    throw new HttpFailure(415, {
      kind: 'invalid',
      code: 'unsupported_content_type',
      message: WIRE.contentType,
    });
  const json = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
  assertBounded(json);
  const text = textOf(json);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && !Array.isArray(value)) return value ?? {};
  } catch {
    // Refused below, with the same message for every malformed body.
  }
  throw new HttpFailure(400, { kind: 'invalid', code: 'invalid_json', message: WIRE.json });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON is UTF-8 (RFC 8259 §8.1), with or without a byte order mark; octets that are not would all become U+FFFD. */
function textOf(json: Buffer): string {
  try {
    return utf8.decode(json);
  } catch {
    throw new HttpFailure(400, {
      kind: 'invalid',
      code: 'json_not_utf8',
      message: 'the request body must be JSON in UTF-8',
    });
  }
}

function assertBounded(json: Buffer): void {
  const exceeded = exceededBound(json, BOUNDS);
  if (!exceeded) return;
  const [code, message] = EXCEEDED[exceeded];
  throw new HttpFailure(400, { kind: 'invalid', code, message, details: { limit: BOUNDS[exceeded] } });
}

const EXCEEDED: Record<keyof JsonBounds, readonly [code: ErrorCode, message: string]> = {
  values: [
    'json_too_many_values',
    `the request body holds more than ${BOUNDS.values} values; send only the fields that this call takes`,
  ],
  depth: [
    'json_too_deep',
    `the request body is nested more than ${BOUNDS.depth} levels deep; send only the fields that this call takes`,
  ],
};

/** For routes that take no fields: refuses a body that has some. */
export const NoFields = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const body = parseJsonBody(context.switchToHttp().getRequest<FastifyRequest>(), 'or_nothing');
  const [name] = Object.keys(body);
  if (name !== undefined) throw unknownField({ name, known: [] });
  return body;
});

/** The request's JSON object. Content type first, then JSON (Magistrala wire §7.2, order). */
export const JsonBody = createParamDecorator((rule: BodyRule | undefined, context: ExecutionContext) =>
  parseJsonBody(context.switchToHttp().getRequest<FastifyRequest>(), rule),
);
