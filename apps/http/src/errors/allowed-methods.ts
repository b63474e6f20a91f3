import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods that routes of this path take, in the order of an `Allow` header; none where there is no such path. */
    allowedMethods(url: string): readonly string[];
  }
}

interface Route {
  readonly methods: readonly string[];
  readonly path: RegExp;
}

/** Remembers every route, because the router does not tell which methods a path has. */
export function noteMethods(fastify: FastifyInstance): void {
  const routes: Route[] = [];
  fastify.addHook('onRoute', ({ method, url }) => {
    routes.push({ methods: [method].flat(), path: pathPattern(url) });
  });
  fastify.decorate('allowedMethods', (url: string) => {
    const [path = ''] = url.split('?');
    const methods = routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].toSorted();
  });
}

/** @param url as routes have it: `:name` is a segment, `*` the rest */
function pathPattern(url: string): RegExp {
  const source = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:\w+/g, '[^/]+')
    .replaceAll('*', '.*');
  return new RegExp(`^${source}$`);
}
