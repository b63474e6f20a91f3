import { setTimeout as delay } from 'node:timers/promises';
import { type AttackCase, type Finding, Findings } from '../case.js';
import { LIMITS, type Stage, hasIpv6 } from '../stage.js';
import { statusOf } from '../support/http.js';
import { type OpenOptions, closeAll, openMany } from '../support/sockets.js';
import { mustStayHealthy, watching } from '../support/watch.js';

/** More than one address may have, fewer than all may. */
const FLOOD = LIMITS.connectionsPerAddress * 3;
/** Until the other side has dropped what it does not want. */
const SETTLE_MS = 1_000;

const holdsOne = `at most ${LIMITS.connectionsPerAddress} stay open, and another address is served`;

const overIpv6: readonly AttackCase[] = [
  {
    id: 'connections/ipv6',
    does: `opens ${FLOOD} connections to the HTTP app from the IPv6 loopback address`,
    holds: holdsOne,
    run: ({ http }) =>
      mustLimit(http, {
        opening: { to: http.url.replace('127.0.0.1', '[::1]') },
        count: FLOOD,
        most: LIMITS.connectionsPerAddress,
      }),
  },
];

export const connections: readonly AttackCase[] = [
  {
    id: 'connections/http',
    does: `opens ${FLOOD} connections to the HTTP app from one address`,
    holds: holdsOne,
    short: true,
    run: ({ http }) => flood(http, { to: http.url }),
  },
  {
    id: 'connections/grpc',
    does: `opens ${FLOOD} TLS connections to the gRPC app from one address`,
    holds: holdsOne,
    short: true,
    run: ({ grpc }) => flood(grpc, { to: grpc.url, tls: true }),
  },
  {
    id: 'connections/metrics',
    does: `opens ${FLOOD} connections to the gRPC app's port for health and metrics from one address`,
    holds: holdsOne,
    run: ({ grpc }) => flood(grpc, { to: grpc.operations }),
  },
  {
    id: 'connections/many-addresses',
    does: `opens 50 connections from each of 12 addresses: twice as many as the HTTP app may have`,
    holds: `at most ${LIMITS.connections} stay open, and one more address is served`,
    run: ({ http }) => floodFromMany(http, { to: http.url }),
  },
  {
    id: 'connections/grpc-many-addresses',
    does: `opens 50 connections from each of 12 addresses: twice as many as the gRPC app may have`,
    holds: `at most ${LIMITS.connections} stay open, and one more address is served`,
    run: ({ grpc }) => floodFromMany(grpc, { to: grpc.url }),
  },
  ...(hasIpv6() ? overIpv6 : []),
];

type Port = Stage['http'];

async function flood(app: Port, to: OpenOptions): Promise<Finding> {
  const opening = { ...to, from: '127.0.0.2' };
  return mustLimit(app, { opening, count: FLOOD, most: LIMITS.connectionsPerAddress });
}

function floodFromMany(app: Port, to: OpenOptions): Promise<Finding> {
  const opening = (n: number) => ({ ...to, from: `127.0.0.${100 + (n % 12)}` });
  return mustLimit(app, { opening, count: 12 * 50, most: LIMITS.connections });
}

interface Flood {
  readonly opening: OpenOptions | ((n: number) => OpenOptions);
  readonly count: number;
  readonly most: number;
}

async function mustLimit(app: Port, { opening, count, most }: Flood): Promise<Finding> {
  const findings = new Findings();
  const watched = await watching(app, async () => {
    const held = await openMany(count, opening);
    await delay(SETTLE_MS);
    const other = await statusOf(`${app.operations}/health`, { from: '127.0.0.201' });
    return { open: closeAll(held), other };
  });
  const { open, other } = watched.result;
  findings.must(open <= most, `${open} of ${count} stayed open`);
  findings.must(other === 200, `another address got ${other === 0 ? 'no answer' : other}`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}
