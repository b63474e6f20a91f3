import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect as connectPlainly } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OperationsServer } from '../src/operations/operations-server.js';
import { type RunningApp, startApp } from './support/app.js';
import { Opened, ask, begin } from './support/device.js';
import { resets } from './support/resets.js';

const opened = new Opened();
let app: RunningApp;
const sockets: Silent[] = [];
afterEach(async () => {
  opened.close();
  for (const { leave } of sockets.splice(0)) leave();
  await app.close();
});

interface Silent {
  readonly closed: Promise<unknown>;
  isClosed(): boolean;
  leave(): void;
}

/** A connection that sends nothing; after its handshake where it is TLS. */
async function silent(port: number, kind: 'tls' | 'plain' = 'tls', from = '127.0.0.2'): Promise<Silent> {
  const to = { host: '127.0.0.1', port, localAddress: from };
  const socket =
    kind === 'tls'
      ? connectTls({ ...to, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
      : connectPlainly(to);
  const closed = once(socket.on('error', () => undefined).resume(), 'close');
  await once(socket, kind === 'tls' ? 'secureConnect' : 'connect');
  const it = { closed, isClosed: () => socket.destroyed, leave: () => void socket.destroy() };
  sockets.push(it);
  return it;
}

const portOf = ({ address }: RunningApp): number => Number(address.split(':').at(-1));
const isServed = async () => ask((done) => opened.connect(app).provisioning.ping({}, done));
const said = (limit: string) => app.log.filter((line) => line.includes(`"limit":"${limit}"`));

describe('connections that call nothing', () => {
  it.each(['tls', 'plain'] as const)('are closed in time (%s)', async (kind) => {
    app = await startApp({ MG_PROVISION_FIRST_REQUEST_TIMEOUT: '300ms' });
    const all = [await silent(portOf(app), kind), await silent(portOf(app), kind)];
    await Promise.all(all.map(({ closed }) => closed));
    expect(said('connections_first_request')).toHaveLength(1);
    await expect(isServed()).resolves.toBeDefined();
  });

  it('of one address make room for its newer ones, and for no one at another address', async () => {
    app = await startApp({ MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: '5' });
    const other = await silent(portOf(app), 'tls', '127.0.0.3');
    const all: Silent[] = [];
    for (let at = 0; at < 8; at++) all.push(await silent(portOf(app)));
    await Promise.all(all.slice(0, 3).map(({ closed }) => closed));
    expect([other, ...all.slice(3)].filter((it) => it.isClosed())).toEqual([]);
    expect(said('connections_address')).toEqual([expect.stringContaining('"address":"127.0.0.2"')]);
  });

  it('of many addresses shut no one out when they fill the port', async () => {
    app = await startApp({
      MG_PROVISION_MAX_CONNECTIONS: '20',
      MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: '4',
    });
    for (let caller = 0; caller < 5; caller++)
      for (let at = 0; at < 4; at++) await silent(portOf(app), 'tls', `127.0.1.${caller + 1}`);
    await expect(isServed()).resolves.toBeDefined();
    expect(said('connections')).toHaveLength(1);
  });

  it('do not take the place of those with a call under way', async () => {
    app = await startApp({ MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: '3' });
    const device = opened.connect(app);
    const { begun } = await begin(device);
    const { pollingSecret } = begun;
    const waiting = device.enrolment.await({ pollingSecret });
    const ended = once(
      waiting.on('error', () => undefined),
      'end',
    );
    await once(waiting, 'data');
    const all: Silent[] = [];
    for (let at = 0; at < 5; at++) all.push(await silent(portOf(app), 'tls', '127.0.0.1'));
    await Promise.all(all.slice(0, 2).map(({ closed }) => closed));
    const still = await Promise.race([ended, new Promise((resolve) => setImmediate(resolve, 'waiting'))]);
    expect(still).toBe('waiting');
    waiting.cancel();
  });
});

it('a connection that takes back call after call is closed, and others are served', async () => {
  app = await startApp();
  const socket = connectTls({ port: portOf(app), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  const closed = once(socket.on('error', () => undefined).resume(), 'close');
  // Fewer than Node allows by itself.
  socket.write(resets(400));
  await closed;
  await expect(isServed()).resolves.toBeDefined();
});

describe('the port for machines', () => {
  it('has a limit of its own', async () => {
    app = await startApp();
    const operations = new OperationsServer(app.server);
    const port = await operations.listen(0, '127.0.0.1');
    const all: Silent[] = [];
    for (let at = 0; at < 20; at++) all.push(await silent(port, 'plain'));
    await Promise.all(all.slice(0, 4).map(({ closed }) => closed));
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    expect(said('metrics_connections_address')).toHaveLength(1);
    await operations.close();
  });
});
