import { setTimeout as delay } from 'node:timers/promises';
import { type AttackCase, type Finding, Findings } from '../case.js';
import { LIMITS, type Stage } from '../stage.js';
import { stalledCall } from '../support/frames.js';
import { type Held, closeAll, openMany, stillOpen } from '../support/sockets.js';
import { mustStayHealthy, watching } from '../support/watch.js';

/** Beyond a limit of time: a machine may be busy with other things. */
const LATER_MS = 6_000;
const FROM = Array.from({ length: 5 }, (_, n) => `127.0.0.${20 + n}`);
const GROWS_BY_MIB = 96;
/** Of the gRPC app's port for health and metrics; it is no setting. */
const OPERATIONS_FIRST_REQUEST_MS = 10_000;

const BEGIN = '/provision.v1.EnrolmentService/Begin';

const hostOf = (url: string): string => new URL(url).host;

export const slow: readonly AttackCase[] = [
  {
    id: 'slow/stalled-bodies',
    does: 'opens 300 connections from five addresses, sends most of a body of 60 KB on each, and stops',
    holds: `all are ended ${LIMITS.requestMs / 1000} s later, the app grows by less than ${GROWS_BY_MIB} MiB, others are served`,
    short: true,
    run: ({ http, domainId }) => {
      const head = `POST /${domainId}/mapping HTTP/1.1\r\nHost: ${hostOf(http.url)}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n`;
      const says = `${head}{"name":"${'x'.repeat(55_000)}`;
      return mustEnd({ http }, (n) => ({ to: http.url, from: FROM[n % FROM.length]!, says }), {
        count: 300,
        withinMs: LIMITS.requestMs,
      });
    },
  },
  {
    id: 'slow/stalled-calls',
    does: 'opens 300 connections to the gRPC app from five addresses, begins a call on each, and stops',
    holds: `all are ended ${LIMITS.requestMs / 1000} s later, the app grows by less than ${GROWS_BY_MIB} MiB, others are served`,
    run: ({ grpc }) =>
      mustEnd(
        { http: grpc },
        (n) => ({ to: grpc.url, from: FROM[n % FROM.length]!, tls: true, says: stalledCall(BEGIN) }),
        { count: 300, withinMs: LIMITS.requestMs + LIMITS.idleMs },
      ),
  },
  {
    id: 'slow/headers',
    does: 'sends the head of a request one character at a time, on 40 connections',
    holds: `all are ended after ${LIMITS.firstRequestMs / 1000} s, though something came all the time`,
    run: trickle,
  },
  {
    id: 'slow/silent-http',
    does: 'opens 40 connections to the HTTP app and says nothing',
    holds: `all are ended after ${LIMITS.firstRequestMs / 1000} s`,
    run: ({ http }) => silence({ http }, { to: http.url }),
  },
  {
    id: 'slow/silent-grpc',
    does: 'opens 40 connections to the gRPC app and says nothing, not even hello',
    holds: `all are ended after ${LIMITS.firstRequestMs / 1000} s`,
    run: ({ grpc }) => silence({ http: grpc }, { to: grpc.url }),
  },
  {
    id: 'slow/silent-after-handshake',
    does: 'opens 40 TLS connections to the gRPC app and makes no call',
    holds: `all are ended after ${LIMITS.firstRequestMs / 1000} s`,
    short: true,
    run: ({ grpc }) => silence({ http: grpc }, { to: grpc.url, tls: true }),
  },
  {
    id: 'slow/silent-metrics',
    does: "opens 40 connections to the gRPC app's port for health and metrics and says nothing",
    holds: `all are ended after ${OPERATIONS_FIRST_REQUEST_MS / 1000} s`,
    run: ({ grpc }) => silence({ http: grpc }, { to: grpc.operations }, OPERATIONS_FIRST_REQUEST_MS),
  },
  {
    id: 'slow/reader',
    does: 'asks for the API description 150 times on each of 10 connections and reads nothing of it',
    holds: `the app grows by less than ${GROWS_BY_MIB} MiB, and drops them after ${LIMITS.requestMs / 1000} s`,
    run: neverRead,
  },
];

type Opening = Parameters<typeof openMany>[1];

/** What is opened must be ended from the other side in time. */
async function mustEnd(
  { http: app }: Pick<Stage, 'http'>,
  opening: Opening,
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
): Promise<Finding> {
  const findings = new Findings();
  const watched = await watching(app, async () => {
    const held = await openMany(count, opening);
    const left = await stillOpen(held, withinMs + LATER_MS);
    closeAll(held);
    return left;
  });
  const within = (withinMs + LATER_MS) / 1000;
  findings.must(watched.result === 0, `${watched.result} of ${count} still open after ${within} s`);
  findings.must(watched.grownMib < GROWS_BY_MIB, `grew by ${watched.grownMib} MiB`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

const silence = (
  app: Pick<Stage, 'http'>,
  to: { readonly to: string; readonly tls?: boolean },
  withinMs: number = LIMITS.firstRequestMs,
) => mustEnd(app, { ...to, from: '127.0.0.2' }, { count: 40, withinMs });

async function trickle({ http }: Stage): Promise<Finding> {
  const findings = new Findings();
  const head = `GET /health HTTP/1.1\r\nHost: ${hostOf(http.url)}\r\nX-Slow: ${'x'.repeat(1_000)}`;
  const watched = await watching(http, async () => {
    const held = await openMany(40, { to: http.url, from: '127.0.0.2' });
    const until = Date.now() + LIMITS.firstRequestMs + LATER_MS;
    for (let at = 0; Date.now() < until && held.some(({ isOpen }) => isOpen); at += 1) {
      for (const each of held) if (each.isOpen) each.socket.write(head[at] ?? 'x');
      await delay(200);
    }
    return closeAll(held);
  });
  findings.must(watched.result === 0, `${watched.result} of 40 still open`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

async function neverRead({ http }: Stage): Promise<Finding> {
  const findings = new Findings();
  const says = `GET /openapi.json HTTP/1.1\r\nHost: ${hostOf(http.url)}\r\n\r\n`.repeat(150);
  const watched = await watching(http, async () => {
    const held = await openMany(10, { to: http.url, from: '127.0.0.2', says, deaf: true });
    await delay(LIMITS.requestMs + LATER_MS);
    return finished(held);
  });
  findings.must(watched.result === 0, `${watched.result} of 10 were kept until they read`);
  findings.must(watched.grownMib < GROWS_BY_MIB, `grew by ${watched.grownMib} MiB`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

/** How many get everything once they begin to read: the app has kept it for them. */
async function finished(held: readonly Held[]): Promise<number> {
  for (const each of held) each.listen();
  await delay(3_000);
  const answers = held.map(({ received }) => received.split('HTTP/1.1 200').length - 1);
  closeAll(held);
  return answers.filter((count) => count === 150).length;
}
