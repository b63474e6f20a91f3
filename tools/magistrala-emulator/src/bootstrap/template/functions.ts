import { TemplateError } from './lex.js';
import { printf } from './printf.js';
import { MapOf, Struct, type Value, format, isTrue, toJson } from './value.js';

type TemplateFunction = (...args: Value[]) => Value;

const compare = (a: Value, b: Value, holds: (order: number) => boolean): Value => {
  if (!isOrdered(a) || kindOf(a) !== kindOf(b)) throw new TemplateError('incompatible types for comparison');
  const [left, right] = [a as string, b as string];
  return holds(left < right ? -1 : left > right ? 1 : 0);
};

/**
 * Magistrala's three functions and Go's own, save `call`, `html`, `js`, `slice` and `urlquery`
 * (Magistrala wire §4.4).
 */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  toJSON: (...args) => toJson(only(args)),
  default: (...args) => {
    const [fallback, value] = exactly(2, args);
    return value === null || value === '' ? fallback! : value!;
  },
  required: (...args) => {
    const [name, value] = exactly(2, args);
    if (typeof name !== 'string') throw new TemplateError('wrong type of argument');
    if (value === null || value === '') throw new TemplateError(`required value ${name} is missing`);
    return value!;
  },
  and: (...args) => args.find((arg) => !isTrue(arg)) ?? last(args),
  or: (...args) => args.find(isTrue) ?? last(args),
  not: (...args) => !isTrue(only(args)),
  len: (...args) => lengthOf(only(args)),
  index: (...args) => atLeastOne(args).reduce(indexed),
  printf: (pattern, ...args) => {
    if (typeof pattern !== 'string') throw new TemplateError('wrong type of argument');
    return printf(pattern, args);
  },
  print: (...args) => sprint(args),
  println: (...args) => `${args.map(format).join(' ')}\n`,
  eq: (first, ...others) => {
    if (first === undefined || others.length === 0)
      throw new TemplateError('missing argument for comparison');
    return others.some((other) => equal(first, other));
  },
  ne: (...args) => {
    const [a, b] = exactly(2, args);
    return !equal(a!, b!);
  },
  lt: (...args) => compare(...pair(args), (order) => order < 0),
  le: (...args) => compare(...pair(args), (order) => order <= 0),
  gt: (...args) => compare(...pair(args), (order) => order > 0),
  ge: (...args) => compare(...pair(args), (order) => order >= 0),
};

function exactly(count: number, args: readonly Value[]): readonly Value[] {
  if (args.length !== count)
    throw new TemplateError(`wrong number of args: want ${count} got ${args.length}`);
  return args;
}

const only = (args: readonly Value[]): Value => exactly(1, args)[0]!;

function pair(args: readonly Value[]): [Value, Value] {
  const [a, b] = exactly(2, args);
  return [a!, b!];
}

function atLeastOne(args: readonly Value[]): [Value, ...Value[]] {
  if (args.length === 0) throw new TemplateError('wrong number of args');
  return args as [Value, ...Value[]];
}

const last = (args: readonly Value[]): Value => atLeastOne(args).at(-1)!;

function lengthOf(value: Value): Value {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
  if (Array.isArray(value)) return BigInt(value.length);
  if (value instanceof MapOf) return BigInt(value.keys().length);
  throw new TemplateError('len of a value without length');
}

function indexed(value: Value, key: Value): Value {
  if (value instanceof MapOf && typeof key === 'string') return value.get(key);
  if (Array.isArray(value) && typeof key === 'bigint') {
    const item = key >= 0n ? value[Number(key)] : undefined;
    if (item === undefined) throw new TemplateError('index out of range');
    return item;
  }
  throw new TemplateError('cannot index');
}

const kindOf = (value: Value) => (value === null || typeof value === 'object' ? 'other' : typeof value);
const isOrdered = (value: Value) => ['string', 'number', 'bigint'].includes(kindOf(value));

function equal(a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  const comparable = !(Array.isArray(a) || a instanceof MapOf || a instanceof Struct);
  if (!comparable || kindOf(a) !== kindOf(b)) throw new TemplateError('incompatible types for comparison');
  return a === b;
}

/** Go's `Sprint`: a space between two operands when neither is a text. */
function sprint(args: readonly Value[]): string {
  return args.reduce<string>((text, arg, at) => {
    const spaced = at > 0 && typeof arg !== 'string' && typeof args[at - 1] !== 'string';
    return `${text}${spaced ? ' ' : ''}${format(arg)}`;
  }, '');
}
