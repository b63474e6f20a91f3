import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../auth/authenticator.js';
import { ANONYMOUS } from '../auth/session.js';
import type { Gate } from '../faults/gate.js';
import type { Chance } from '../interruptions/chance.js';
import { type Interruptions, interrupt } from '../interruptions/interrupt.js';
import { type Choose, choosing } from '../interruptions/left.js';
import { GUARDED, type HttpService, OPERATIONS, type Operation } from '../operations.js';
import { routedPath } from './go-path.js';
import { Query } from './query.js';
import { Refusal } from './refusal.js';
import { type Reply, empty, plain } from './reply.js';
import type { Handler, Request } from './request.js';
import { type Match, type Routed, Router } from './router.js';
import { type Listener, readAll, write } from './serve.js';
import { healthReply, metricsReply } from './status.js';

/** A service's handlers: one for each of its operations. */
export type Handlers<S extends HttpService> = Readonly<Record<keyof (typeof OPERATIONS)[S], Handler>>;

interface Route extends Operation {
  readonly name: string;
  readonly handle: Handler;
}

const NOT_FOUND = plain(404, '404 page not found\n');
const BROKEN_REQUEST = plain(400, '400 Bad Request');
const WRONG_METHOD: Reply = { status: 405 };

interface Common {
  readonly gate: Gate;
  readonly authenticator: Authenticator;
  readonly chance: Chance;
  readonly interruptions?: Interruptions;
}

/** Makes the listener of one service. */
export function serviceListener<S extends HttpService>(
  service: S,
  handlers: Handlers<S>,
  { gate, authenticator, chance, interruptions = {} }: Common,
): Listener {
  const operations = OPERATIONS[service] as Record<string, Operation>;
  const handle = handlers as Record<string, Handler>;
  const router = new Router<Route>(
    Object.entries(operations).map(([name, operation]) => ({ ...operation, name, handle: handle[name]! })),
  );
  const instanceId = randomUUID();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path, search] = split(request.url ?? '/');
    const method = request.method ?? 'GET';
    const status = statusReply(method, path);
    if (status) return write(response, status);

    const routed = routedPath(path);
    const match = routed === undefined ? 'broken' : router.find(method, routed);
    const name = typeof match === 'object' ? match.route.name : 'unknown';
    const record = gate.calls.start({ service, operation: `${service}.${name}`, method, path });
    let isGone = false;
    const gone = () => isGone;
    const left = new Promise<void>((resolve) => {
      response.once('close', () => {
        isGone = true;
        gate.calls.end(record, null);
        resolve();
      });
    });
    const body = await readAll(request);
    const input = { request, routed: routed ?? '', search, body, gone };
    const outcome = await gate.pass<Reply>({
      record,
      work: () => replyTo(match, input),
      failure: ({ rule }, worked) => ({ ...empty(rule.status ?? (worked ? 500 : 503)), body: rule.body }),
      interrupt: (wish) => interrupted(match, input, choosing(chance, wish)),
      gone,
      left,
    });
    if (outcome === 'drop') request.socket.destroy();
    else if (outcome !== 'silence') {
      gate.calls.end(record, outcome.answer.status);
      write(response, outcome.answer);
    }
  }

  function statusReply(method: string, path: string): Reply | undefined {
    if (path === '/health') return method === 'GET' ? healthReply(service, instanceId) : WRONG_METHOD;
    return path === '/metrics' ? metricsReply(service) : undefined;
  }

  async function replyTo(match: Routed<Route> | 'broken', input: Input): Promise<Reply> {
    try {
      if (typeof match === 'object') return await perform(match, input);
      if (match === 'broken') return BROKEN_REQUEST;
      if (GUARDED[service]?.test(input.routed)) {
        await authenticator.authenticate(input.request.headers.authorization, 'user');
      }
      return match === 'wrong method' ? WRONG_METHOD : NOT_FOUND;
    } catch (error) {
      if (error instanceof Refusal) return error.reply;
      throw error;
    }
  }

  async function perform(match: Match<Route>, input: Input): Promise<Reply> {
    return match.route.handle(await requestOf(match, input));
  }

  /** Reading leaves nothing. */
  async function interrupted(match: Routed<Route> | 'broken', input: Input, choose: Choose): Promise<void> {
    if (typeof match !== 'object' || match.route.method === 'GET') return;
    const { name, handle } = match.route;
    await interrupt({ request: () => requestOf(match, input), choose, handle }, interruptions[name]);
  }

  async function requestOf({ route, params }: Match<Route>, input: Input): Promise<Request> {
    const { headers } = input.request;
    const { access } = route;
    const session =
      access === 'open'
        ? ANONYMOUS
        : await authenticator.authenticate(headers.authorization, access, params['domainID']);
    const query = new Query(new URLSearchParams(input.search));
    const { search, body, gone } = input;
    return { params, query, search, headers, body, session, gone };
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A caller that left is no defect; everything else is one of the emulator, and must be seen.
      if (request.complete) console.error(error);
      response.destroy();
    });
  };
}

interface Input {
  readonly request: IncomingMessage;
  /** The path that the router saw. */
  readonly routed: string;
  readonly search: string;
  readonly body: Buffer;
  readonly gone: () => boolean;
}

function split(url: string): [string, string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}
