import { TemplateError } from './lex.js';
import { type Value, format, toJson } from './value.js';

const VERB = /%(-?)(0?)(\d*)(?:\.(\d+))?([a-zA-Z%])/g;

const TYPE_NAMES: Record<string, string> = {
  string: 'string',
  number: 'float64',
  bigint: 'int',
  boolean: 'bool',
};

/** Go's `Sprintf` with the verbs v, s, d, q, t, x and f, widths and precisions. @throws TemplateError for others. */
export function printf(pattern: string, args: readonly Value[]): string {
  let next = 0;
  const text = pattern.replace(
    VERB,
    (_all, left: string, zero: string, width: string, precision: string, verb: string) => {
      if (verb === '%') return '%';
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const shown = show(args[next++]!, verb, precision === undefined ? undefined : Number(precision));
      return left ? shown.padEnd(Number(width)) : shown.padStart(Number(width), zero ? '0' : ' ');
    },
  );
  const extra = args.slice(next).map((arg) => `${TYPE_NAMES[typeof arg] ?? '<nil>'}=${format(arg)}`);
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(', ')})` : text;
}

function show(value: Value, verb: string, precision: number | undefined): string {
  const type = TYPE_NAMES[typeof value];
  if (verb === 'v') return format(value);
  if (verb === 's' && type === 'string')
    return precision === undefined ? String(value) : String(value).slice(0, precision);
  if (verb === 'q' && type === 'string')
    return toJson(value).replaceAll(/\\u00(3c|3e|26)/g, (_all, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
  if (verb === 'd' && type === 'int') return String(value);
  if (verb === 'x' && type === 'int') return (value as bigint).toString(16);
  if (verb === 't' && type === 'bool') return String(value);
  if (verb === 'f' && type === 'float64') return (value as number).toFixed(precision ?? 6);
  // Go writes its complaint into the text and goes on.
  if ('vsdqtxf'.includes(verb) && type) return `%!${verb}(${type}=${format(value)})`;
  throw new TemplateError(`verb %${verb} is not supported`);
}
