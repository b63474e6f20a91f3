import { type JsonObject, type JsonValue, printable, printableLines } from '@org/domain';
import type { DestinationStream } from 'pino';

/** Turns each of pino's JSON lines into one for people: `2027-01-31 12:00:00Z warn  what happened (key: value)`. */
export function textLines(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(`${textOf(JSON.parse(line) as JsonObject)}\n`) };
}

function textOf({ time, level, msg, err, ...facts }: JsonObject): string {
  const when = String(time).slice(0, 19).replace('T', ' ');
  const told = Object.entries({ ...facts, ...factsOf(err) }).map(([key, value]) =>
    printable(`${key}: ${valueOf(value)}`),
  );
  const rest = told.length > 0 ? ` (${told.join(', ')})` : '';
  return `${when}Z ${String(level).padEnd(5)} ${printable(String(msg))}${rest}${stackOf(err)}`;
}

const valueOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

function factsOf(error: JsonValue | undefined): JsonObject {
  const { code, message } = Object(error) as JsonObject;
  return { ...(code !== undefined && { code }), ...(message !== undefined && { reason: message }) };
}

/** Only defects have one. */
function stackOf(error: JsonValue | undefined): string {
  const { stack } = Object(error) as JsonObject;
  return stack === undefined ? '' : `\n${printableLines(String(stack))}`;
}
