import type { Operation } from '../operations.js';

interface Node<T> {
  readonly words: Map<string, Node<T>>;
  parameter?: Node<T>;
  readonly byMethod: Map<string, { readonly route: T; readonly names: readonly string[] }>;
}

export interface Match<T> {
  readonly route: T;
  readonly params: Record<string, string>;
}

export type Routed<T> = Match<T> | 'wrong method' | 'unknown';

const newNode = <T>(): Node<T> => ({ words: new Map(), byMethod: new Map() });

/** Finds an operation by method and path as chi does: fixed words before parameters, stepping back where needed. */
export class Router<T extends Operation> {
  private readonly root: Node<T> = newNode();

  constructor(routes: readonly T[]) {
    for (const route of routes) this.add(route);
  }

  private add(route: T): void {
    const names: string[] = [];
    let node = this.root;
    for (const segment of route.path.replace(/\/$/, '').split('/').slice(1)) {
      const name = /^\{(.+)\}$/.exec(segment)?.[1];
      if (name === undefined) node = child(node, segment);
      else {
        names.push(name);
        node = node.parameter ??= newNode();
      }
    }
    node.byMethod.set(route.method, { route, names });
    if (route.path.endsWith('/')) child(node, '').byMethod.set(route.method, { route, names });
  }

  find(method: string, path: string): Routed<T> {
    const segments = path.split('/').slice(1);
    let pathIsKnown = false;
    const descend = (node: Node<T>, at: number, values: readonly string[]): Match<T> | undefined => {
      const segment = segments[at];
      if (segment === undefined) {
        const leaf = node.byMethod.get(method);
        pathIsKnown ||= node.byMethod.size > 0;
        return leaf && { route: leaf.route, params: named(leaf.names, values) };
      }
      const fixed = node.words.get(segment);
      const found = fixed && descend(fixed, at + 1, values);
      // chi lets a parameter be empty, but not as the last segment.
      if (found || !node.parameter || (segment === '' && at === segments.length - 1)) return found;
      return descend(node.parameter, at + 1, [...values, segment]);
    };
    return descend(this.root, 0, []) ?? (pathIsKnown ? 'wrong method' : 'unknown');
  }
}

function child<T>(node: Node<T>, word: string): Node<T> {
  let next = node.words.get(word);
  if (!next) node.words.set(word, (next = newNode()));
  return next;
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
}
