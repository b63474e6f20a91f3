import { setTimeout as delay } from 'node:timers/promises';
import { isProvisionError } from '@org/domain';
import type { Emulator } from '../emulator.js';
import { ENTITY_STATUSES, type EntityFacts } from '../entities/entity.js';
import type { ActiveFault, FaultList } from '../faults/faults.js';
import { FAULT_ACTIONS, checkRule } from '../faults/rule.js';
import { MalformedJson, fields, flag, number, text, wholeValue } from '../http/go-json.js';
import { Query } from '../http/query.js';
import { Refusal, badRequest, notFound } from '../http/refusal.js';
import { type Reply, json } from '../http/reply.js';
import { Router } from '../http/router.js';
import { type Listener, readAll, write } from '../http/serve.js';
import { GRPC_OPERATIONS, OPERATIONS, type Operation } from '../operations.js';
import { DOMAIN_ROLES } from '../domains/roles.js';

interface Input {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Buffer;
}

interface ControlRoute extends Operation {
  /** For people who ask. */
  readonly does: string;
  readonly handle: (input: Input) => Reply | Promise<Reply>;
}

const LONGEST_WAIT_MS = 60_000;
const DONE: Reply = { status: 204 };

const domainShape = fields({ id: text, name: text, route: text });
const userShape = fields({ username: text, password: text, email: text, role: text, verified: flag });
const memberShape = fields({ role: text });
const factsShape = fields({ status: text, policies: flag, roles: flag });
const staleShape = fields({ chance: number, ms: number });
const paceShape = fields({ least_ms: number, most_ms: number, workers: number });

/** The control interface: what `Emulator` offers, for other processes. */
export function controlListener(emulator: Emulator, faults: FaultList): Listener {
  const routes = controlRoutes(emulator, faults);
  const router = new Router(routes);

  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://control');
    const found = router.find(request.method ?? 'GET', url.pathname);
    const answer = async (): Promise<Reply> => {
      if (typeof found === 'string')
        throw found === 'unknown' ? notFound() : new Refusal(405, 'wrong method');
      const body = await readAll(request);
      return found.route.handle({ params: found.params, query: new Query(url.searchParams), body });
    };
    answer()
      .catch(failure)
      .then((reply) => write(response, reply));
  };
}

function failure(error: unknown): Reply {
  if (error instanceof Refusal) return error.reply;
  if (error instanceof MalformedJson) return json(400, { message: error.message });
  if (isProvisionError(error)) return json(400, { message: error.message });
  return json(500, { message: String(error) });
}

const route = (method: string, path: string, does: string, handle: ControlRoute['handle']): ControlRoute => ({
  method,
  path,
  access: 'open',
  does,
  handle,
});

function controlRoutes(emulator: Emulator, faults: FaultList): ControlRoute[] {
  const routes: ControlRoute[] = [
    route('GET', '/', 'describes the emulator', () => json(200, description(emulator, routes))),
    route('GET', '/inventory', 'all that exists; ?domain=', ({ query }) =>
      json(200, emulator.inventory(query.text('domain') || undefined)),
    ),
    route('GET', '/calls', 'the calls so far', () => json(200, emulator.calls())),
    route('DELETE', '/calls', 'forgets them', () => done(() => emulator.clearCalls())),
    route('PUT', '/latency', 'sets the time that each call takes: {"ms"}', ({ body }) =>
      done(() => emulator.setLatency(readMs(body))),
    ),
    route('POST', '/reset', 'back to the start: objects, faults, calls, latency', () =>
      done(() => emulator.reset()),
    ),
    ...faultRoutes(faults),
    ...temperRoutes(emulator),
    ...helperRoutes(emulator),
  ];
  return routes;
}

/** What goes by chance on a live Magistrala, at will. */
function temperRoutes(emulator: Emulator): ControlRoute[] {
  const facts = 'puts it into a state that calls which are cut off leave: {"status","policies","roles"}';
  return [
    ...(['clients', 'channels'] as const).map((kind) =>
      route('PUT', `/${kind}/{id}/facts`, facts, ({ params, body }) =>
        done(() => emulator.setFacts(kind, params['id'] ?? '', readFacts(body))),
      ),
    ),
    route('PUT', '/stale-checks', 'checks miss what was just created: {"chance","ms"}', ({ body }) => {
      const { chance = 0, ms = 0 } = staleShape(readJson(body));
      return done(() => emulator.setStaleChecks({ chance, ms }));
    }),
    route(
      'PUT',
      '/configuration-pace',
      'time that adding a configuration takes: {"least_ms","most_ms","workers"}; {} for none',
      ({ body }) => {
        const { least_ms: least = 0, most_ms: most, workers = 1 } = paceShape(readJson(body));
        const pace = most === undefined ? undefined : { ms: [least, most] as const, workers };
        return done(() => emulator.setConfigurationPace(pace));
      },
    ),
  ];
}

function readFacts(body: Buffer): EntityFacts {
  const { status, ...facts } = factsShape(readJson(body));
  const known = ENTITY_STATUSES.find((name) => name === status);
  if (status !== undefined && (!known || known === 'all'))
    throw badRequest('"status" is one of enabled, disabled, deleted');
  return { ...facts, ...(known && known !== 'all' && { status: known }) };
}

function faultRoutes(faults: FaultList): ControlRoute[] {
  const inPath = ({ params }: Input): ActiveFault => {
    const fault = faults.get(params['id'] ?? '');
    if (!fault) throw notFound();
    return fault;
  };
  return [
    route('GET', '/faults', 'the faults at work', () => json(200, faults.all().map(presentFault))),
    route('POST', '/faults', 'adds a fault rule', ({ body }) =>
      json(201, presentFault(faults.add(readRule(body)))),
    ),
    route('DELETE', '/faults', 'removes and releases all', () => done(() => faults.clear())),
    route('GET', '/faults/{id}', 'one fault; ?wait=ms waits for its first hit', async (input) => {
      const fault = inPath(input);
      const wait = Math.min(input.query.number('wait', 0), LONGEST_WAIT_MS);
      if (wait > 0) await Promise.race([fault.waitForHit(), delay(wait, undefined, { ref: false })]);
      return json(200, presentFault(fault));
    }),
    route('POST', '/faults/{id}/release', 'lets held calls go on', (input) =>
      done(() => inPath(input).release()),
    ),
    route('DELETE', '/faults/{id}', 'removes it', (input) => done(() => inPath(input).remove())),
  ];
}

function helperRoutes(emulator: Emulator): ControlRoute[] {
  return [
    route('POST', '/domains', 'adds a domain: {"id","name","route"}', ({ body }) =>
      json(201, emulator.addDomain(domainShape(readJson(body)))),
    ),
    route('POST', '/users', 'adds a user: {"username","password","email","role","verified"}', ({ body }) => {
      const { role, ...user } = userShape(readJson(body));
      return json(201, emulator.addUser({ ...user, role: role === 'admin' ? 'admin' : 'user' }));
    }),
    route('PUT', '/domains/{id}/members/{userId}', 'makes a user a member: {"role"}', ({ params, body }) => {
      const { role = 'member' } = memberShape(readJson(body));
      const known = DOMAIN_ROLES.find((name) => name === role);
      if (!known) throw badRequest(`"role" is one of ${DOMAIN_ROLES.join(', ')}`);
      return done(() => emulator.addMember(params['id'] ?? '', params['userId'] ?? '', known));
    }),
  ];
}

function done(work: () => void): Reply {
  work();
  return DONE;
}

const readJson = (body: Buffer) => (body.length === 0 ? {} : wholeValue(body.toString('utf8')));
const readRule = (body: Buffer) => checkRule(readJson(body));

function readMs(body: Buffer): number {
  const { ms } = readJson(body) as { ms?: unknown };
  if (typeof ms !== 'number' || ms < 0) throw badRequest('"ms" is a number of milliseconds');
  return ms;
}

const presentFault = ({ id, rule, hits }: ActiveFault) => ({ id, rule, hits });

function description({ urls, authGrpc, admin }: Emulator, routes: readonly ControlRoute[]): object {
  const http = Object.entries(OPERATIONS).flatMap(([service, operations]) =>
    Object.entries<Operation>(operations).map(([name, { method, path }]) => ({
      operation: `${service}.${name}`,
      method,
      path,
    })),
  );
  const grpc = GRPC_OPERATIONS.map((name) => ({ operation: `auth.${name}`, method: 'GRPC' }));
  return {
    name: 'magistrala-emulator',
    services: urls,
    authGrpc,
    admin: admin.username,
    control: routes.map(({ method, path, does }) => ({ method, path, does })),
    faultActions: FAULT_ACTIONS,
    operations: [...http, ...grpc],
  };
}
