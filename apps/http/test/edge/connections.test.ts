import { afterEach, describe, expect, it } from '@jest/globals';
import { type RunningApp, startApp } from '../app.js';
import { enrolmentEnvironment } from '../enrolment/setting.js';
import { Stranger, reached, saidOf, until } from './sockets.js';

let app: RunningApp;
let strangers: Stranger[] = [];
afterEach(async () => {
  for (const stranger of strangers) stranger.leave();
  strangers = [];
  await app.close();
});

const start = async (more: Record<string, string>) => {
  app = await startApp(undefined, enrolmentEnvironment(more));
};

async function connect(count: number, caller = 0, options = {}): Promise<Stranger[]> {
  const all: Stranger[] = [];
  for (let at = 0; at < count; at++) all.push(await Stranger.connect(app, caller, options));
  strangers.push(...all);
  return all;
}

const OK = /^HTTP\/1\.1 200 /;

describe('connections', () => {
  it('of one address take the place of its oldest ones that are unused, and not of others', async () => {
    await start({ MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: '5' });
    const [other] = await connect(1, 1);
    const [first, second, ...rest] = await connect(7);
    await Promise.all([first!.answer, second!.answer]);
    expect(await rest.at(-1)!.get('/health')).toMatch(OK);
    expect(await other!.get('/health')).toMatch(OK);
    expect([other!, ...rest].filter(({ isClosed }) => isClosed)).toEqual([]);
    expect(await reached(app, 'connections_address')).toBe(2);
    expect(saidOf(app, 'connections_address')).toEqual([
      expect.objectContaining({ level: 'warn', address: '127.0.0.2', most: 5 }),
    ]);
  });

  it('of ten addresses that fill the port shut no one else out', async () => {
    await start({ MG_PROVISION_MAX_CONNECTIONS: '40', MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: '4' });
    for (let caller = 0; caller < 10; caller++) await connect(4, caller);
    const newcomers = (await Promise.all([20, 21, 22].map((caller) => connect(1, caller)))).flat();
    for (const newcomer of newcomers) expect(await newcomer.get('/health')).toMatch(OK);
    await until(() => strangers.filter(({ isClosed }) => isClosed).length === 3);
    expect(await reached(app, 'connections')).toBeGreaterThanOrEqual(3);
  });

  it('with a request under way are not closed for others', async () => {
    await start({ MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: '2' });
    const [busy] = await connect(1);
    expect(await busy!.post('/v1/enrolments/poll', 2)).toMatch(/^HTTP\/1\.1 100 /);
    busy!.write('{');
    const [, second] = await connect(2);
    expect(await second!.get('/health')).toMatch(OK);
    expect(await busy!.request('}')).toMatch(/^HTTP\/1\.1 400 .*invalid_field/s);
  });

  it('of addresses whose requests do not arrive shut no one else out', async () => {
    await start({ MG_PROVISION_MAX_CONNECTIONS: '12', MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: '4' });
    for (let caller = 0; caller < 3; caller++)
      for (const each of await connect(4, caller)) {
        await each.post('/v1/enrolments/poll', 2);
        each.write('{');
      }
    const newcomers = (await Promise.all([20, 21, 22].map((caller) => connect(1, caller)))).flat();
    for (const newcomer of newcomers) expect(await newcomer.get('/health')).toMatch(OK);
    await until(() => strangers.filter(({ isClosed }) => isClosed).length === 3);
  });

  it('of trusted proxies are not limited by address', async () => {
    await start({ MG_PROVISION_MAX_CONNECTIONS_PER_ADDRESS: '2', MG_PROVISION_TRUSTED_PROXIES: '127.0.0.2' });
    const all = await connect(6);
    for (const each of all) expect(await each.get('/health')).toMatch(OK);
  });

  it.each([
    ['that send nothing', { tls: false }, {}],
    ['that shake hands, and send nothing', { tls: true }, { MG_PROVISION_HTTP_TLS: 'builtin' }],
    ['that do not even shake hands', { tls: false }, { MG_PROVISION_HTTP_TLS: 'builtin' }],
  ])('%s are closed in time', async (_what, options, more) => {
    await start({ MG_PROVISION_FIRST_REQUEST_TIMEOUT: '200ms', ...more });
    const silent = await connect(3, 0, options);
    await Promise.all(silent.map(({ answer }) => answer));
    const said = saidOf(app, 'connections_first_request');
    expect(said).toEqual([expect.objectContaining({ address: '127.0.0.2', most: 200 })]);
  });

  it('of which one asks without reading responses is closed', async () => {
    await start({ MG_PROVISION_REQUEST_TIMEOUT: '1s' });
    const [flood] = await connect(1);
    flood!.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_000));
    await flood!.answer;
    expect(await reached(app, 'connections_requests')).toBe(1);
    // The others came in the same piece; no one answers them, or logs them one by one.
    const lines = app.log.filter((line) => line.includes('"route":"/health"'));
    expect(lines.length).toBeLessThanOrEqual(2 * 8);
  });
});
