import type { OpenAPIObject } from '@nestjs/swagger';

interface Answered {
  readonly method: string;
  readonly status: number;
}

/** What an app says of itself at /openapi.json. */
export class Description {
  readonly #operations: readonly {
    method: string;
    path: RegExp;
    parameters: number;
    statuses: Set<string>;
  }[];

  constructor({ paths }: Pick<OpenAPIObject, 'paths'>) {
    this.#operations = Object.entries(paths).flatMap(([template, operations]) =>
      Object.entries(operations).map(([method, { responses }]) => ({
        method: method.toUpperCase(),
        path: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
        parameters: template.split('{').length,
        statuses: new Set(Object.keys(responses as object)),
      })),
    );
  }

  /** @throws Error unless it says that such a request may be answered so; what it does not know has to be refused */
  assertSays(path: string, { method, status }: Answered): void {
    if (['/docs', '/openapi.json'].includes(path)) return;
    const asked = method === 'HEAD' ? 'GET' : method;
    // Fixed words go before parameters, as they do in the router.
    const [operation] = this.#operations
      .filter((it) => it.method === asked && it.path.test(path))
      .sort((one, other) => one.parameters - other.parameters);
    const isPath = this.#operations.some((it) => it.path.test(path));
    const isSaid = operation
      ? operation.statuses.has(String(status))
      : status === (isReadable(path) ? (isPath ? 405 : 404) : 400);
    if (isSaid) return;
    throw new Error(`/openapi.json does not say that ${method} ${path} may be answered with ${status}`);
  }
}

const isReadable = (path: string): boolean => {
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
};

/** Of apps that run in this process, by origin. */
const descriptions = new Map<string, () => Promise<Description>>();

/** Holds what the app at this address answers against its description. @returns how to end that */
export function describedBy(url: string, served: () => Promise<string>): () => void {
  const { origin } = new URL(url);
  let description: Promise<Description> | undefined;
  const load = async () => new Description(JSON.parse(await served()) as OpenAPIObject);
  descriptions.set(origin, () => (description ??= load()));
  return () => void descriptions.delete(origin);
}

/** @throws Error as `Description.assertSays` */
export async function assertDescribed(url: string, answered: Answered): Promise<void> {
  const { origin, pathname } = new URL(url);
  const description = await descriptions.get(origin)?.();
  description?.assertSays(pathname, answered);
}
