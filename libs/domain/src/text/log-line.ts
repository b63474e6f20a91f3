import type { JsonObject, JsonValue } from '../json.js';
import { printable, printableLines } from '../printable.js';

/**
 * One of pino's JSON lines for people: `2027-01-31 12:00:00Z warn  what happened (key: value)`, and below it the stack of a
 * defect, indented. Nothing in it commands a terminal or looks like another line.
 */
export function logLineForPeople(json: string): string {
  const { time, level, msg, err, ...facts } = JSON.parse(json) as JsonObject;
  const when = String(time).slice(0, 19).replace('T', ' ');
  const told = Object.entries({ ...facts, ...factsOf(err) }).map(([key, value]) =>
    printable(`${key}: ${valueOf(value)}`),
  );
  const rest = told.length > 0 ? ` (${told.join(', ')})` : '';
  return `${when}Z ${String(level).padEnd(5)} ${printable(String(msg))}${rest}${stackOf(err)}\n`;
}

const valueOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

function factsOf(error: JsonValue | undefined): JsonObject {
  const { code, message } = Object(error) as JsonObject;
  return { ...(code !== undefined && { code }), ...(message !== undefined && { reason: message }) };
}

/** Only defects have one. */
function stackOf(error: JsonValue | undefined): string {
  const { stack } = Object(error) as JsonObject;
  return stack === undefined ? '' : `\n  ${printableLines(String(stack)).replaceAll('\n', '\n  ')}`;
}
