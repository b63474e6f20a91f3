import { MapOf, TemplateError, type Value, toJson } from './value.js';

/** Magistrala's three functions, and Go's `index` for keys (Magistrala wire §4.4). */
export const FUNCTIONS: Readonly<Record<string, (...args: Value[]) => Value>> = {
  toJSON: (...args) => toJson(exactly(1, args)[0]!),
  default: (...args) => {
    const [fallback, value] = exactly(2, args);
    return isSet(value!) ? value! : fallback!;
  },
  required: (...args) => {
    const [name, value] = exactly(2, args);
    if (typeof name !== 'string') throw new TemplateError('wrong type of argument');
    if (!isSet(value!)) throw new TemplateError(`required value ${name} is missing`);
    return value!;
  },
  index: (map, ...keys) => {
    if (map === undefined) throw new TemplateError('wrong number of args');
    return keys.reduce<Value>(indexed, map);
  },
};

const isSet = (value: Value): boolean => value !== null && value !== '';

function exactly(count: number, args: readonly Value[]): readonly Value[] {
  if (args.length === count) return args;
  throw new TemplateError(`wrong number of args: want ${count} got ${args.length}`);
}

function indexed(value: Value, key: Value): Value {
  if (value instanceof MapOf && typeof key === 'string') return value.get(key);
  throw new TemplateError('cannot index');
}
