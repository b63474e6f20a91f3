import { FUNCTIONS } from './functions.js';
import { TemplateError } from './lex.js';
import type { Command, Node, Operand, Pipe } from './parse.js';
import { MapOf, type Value, isTrue, member, print } from './value.js';

interface Variable {
  readonly name: string;
  value: Value;
}

/** Runs a parsed template with `missingkey=error`. @throws TemplateError */
export function execute(nodes: readonly Node[], data: Value): string {
  return new Run(data).list(nodes, data);
}

class Run {
  private readonly variables: Variable[];

  constructor(data: Value) {
    this.variables = [{ name: '$', value: data }];
  }

  list(nodes: readonly Node[], dot: Value): string {
    return nodes.map((node) => this.node(node, dot)).join('');
  }

  private node(node: Node, dot: Value): string {
    if (node.kind === 'text') return node.text;
    if (node.kind === 'action') {
      const value = this.pipe(node.pipe, dot);
      return node.pipe.variables.length > 0 ? '' : print(value);
    }
    const known = this.variables.length;
    try {
      if (node.kind === 'range') return this.range(node, dot);
      const value = this.pipe(node.pipe, dot);
      if (!isTrue(value)) return this.list(node.otherwise, dot);
      return this.list(node.body, node.kind === 'with' ? value : dot);
    } finally {
      this.variables.length = known;
    }
  }

  private range(node: Exclude<Node, { kind: 'text' | 'action' }>, dot: Value): string {
    const { variables: names, ...pipe } = node.pipe;
    const items = itemsOf(this.pipe({ ...pipe, variables: [] }, dot));
    if (items.length === 0) return this.list(node.otherwise, dot);
    const known = this.variables.length;
    return items
      .map(([key, item]) => {
        // One variable gets the item, two get key and item.
        names.forEach((name, at) =>
          this.set(name, names.length === 2 && at === 0 ? key : item, pipe.declares),
        );
        const text = this.list(node.body, item);
        this.variables.length = known;
        return text;
      })
      .join('');
  }

  private pipe({ commands, variables, declares }: Pipe, dot: Value): Value {
    const value = commands.reduce<Value | undefined>(
      (final, command) => this.command(command, dot, final),
      undefined,
    )!;
    for (const name of variables) this.set(name, value, declares);
    return value;
  }

  private set(name: string, value: Value, declares: boolean): void {
    if (declares) this.variables.push({ name, value });
    else this.variable(name).value = value;
  }

  private variable(name: string): Variable {
    const found = this.variables.findLast((variable) => variable.name === name);
    // The parser lets `=` have a name that was never declared.
    if (!found) throw new TemplateError(`undefined variable ${name}`);
    return found;
  }

  /** @param final what the stage before in the pipeline gave: the last argument */
  private command([first, ...args]: Command, dot: Value, final: Value | undefined): Value {
    if (first!.kind === 'function') return this.call(first!.name, args, dot, final);
    if (first!.kind === 'nil') throw new TemplateError('nil is not a command');
    if (args.length > 0 || final !== undefined)
      throw new TemplateError("can't give argument to non-function");
    return this.operand(first!, dot);
  }

  private call(name: string, args: readonly Operand[], dot: Value, final: Value | undefined): Value {
    const rest = final === undefined ? [] : [final];
    if (name === 'and' || name === 'or') return this.shortCircuit(name, args, dot, rest);
    return FUNCTIONS[name]!(...args.map((arg) => this.operand(arg, dot)), ...rest);
  }

  private shortCircuit(name: string, args: readonly Operand[], dot: Value, rest: readonly Value[]): Value {
    const values: Value[] = [];
    for (const arg of args) {
      const value = this.operand(arg, dot);
      if (isTrue(value) === (name === 'or')) return value;
      values.push(value);
    }
    return FUNCTIONS[name]!(...values, ...rest);
  }

  private operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'literal':
        return operand.value;
      case 'variable':
        return this.variable(operand.name).value;
      case 'function':
        return this.call(operand.name, [], dot, undefined);
      case 'pipe':
        return this.pipe(operand.pipe, dot);
      case 'fields':
        return operand.names.reduce(member, this.operand(operand.of, dot));
    }
  }
}

function itemsOf(value: Value): readonly (readonly [Value, Value])[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.map((item, at) => [BigInt(at), item]);
  if (value instanceof MapOf) return value.keys().map((key) => [key, value.get(key)]);
  if (typeof value === 'bigint')
    return Array.from({ length: Math.max(0, Number(value)) }, (_, at) => [BigInt(at), BigInt(at)]);
  throw new TemplateError("range can't iterate over it");
}
