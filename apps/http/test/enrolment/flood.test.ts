import { afterEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { createCsr, keySigner, toPem } from '@org/x509';
import { createProvisionClient } from '@org/provision-sdk';
import { type Answer, type RunningApp, openWorld, send, startApp } from '../app.js';
import { ADA, type Key, begin, enrolmentEnvironment, makeKey, operator } from './setting.js';

let app: RunningApp;
afterEach(() => app.close());

/** The app behind a proxy that says where requests come from, with small caps. */
const start = async (caps: Record<string, string> = {}) => {
  const proxies = { MG_PROVISION_TRUSTED_PROXIES: '127.0.0.1' };
  app = await startApp(undefined, enrolmentEnvironment({ ...proxies, ...caps }));
};

const beginFrom = async (address: string, key: Key = makeKey()): Promise<Answer> =>
  send(`${app.url}/v1/enrolments`, {
    body: { csr: await key.csr() },
    headers: { 'x-forwarded-for': address },
  });

const poll = ({ body }: Answer) =>
  send(`${app.url}/v1/enrolments/poll`, { body: { polling_secret: body['polling_secret'] } });

const metric = async (line: RegExp): Promise<number> => {
  const { body } = await send(`${app.url}/metrics`, { method: 'GET' });
  return Number(line.exec(body['text'] as string)?.[1] ?? 0);
};
const pending = () => metric(/^provision_enrolments\{state="pending"\} (\d+)$/m);
const met = (limit: string) =>
  metric(new RegExp(`^provision_limits_reached_total\\{limit="${limit}"\\} (\\d+)$`, 'm'));

const times = <T>(count: number, make: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

describe('a flood of devices', () => {
  it('from one address is stopped, counted, and logged once', async () => {
    await start({ MG_PROVISION_MAX_PENDING_PER_ADDRESS: '20' });
    const answers = await times(30, () => beginFrom('192.0.2.7'));
    expect(statuses(answers).filter((status) => status === 201)).toHaveLength(20);
    const refused = answers.find(({ status }) => status !== 201)!;
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_pending', limit: 'address' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await pending()).toBe(20);
    expect(await met('pending_address')).toBe(10);
    const said = app.log.filter((line) => line.includes('"limit reached"'));
    expect(said.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ level: 'warn', limit: 'pending_address', times: 1, address: '192.0.2.7' }),
    ]);
    expect((await beginFrom('192.0.2.8')).status).toBe(201);
  });

  it('from ten addresses stops no one else', async () => {
    await start({ MG_PROVISION_MAX_PENDING: '50', MG_PROVISION_MAX_PENDING_PER_ADDRESS: '10' });
    for (let round = 0; round < 6; round++) await times(10, (n) => beginFrom(`203.0.113.${n}`));
    expect(await pending()).toBe(50);
    const others = await times(10, (n) => beginFrom(`198.51.${n}.1`));
    expect(statuses(others)).toEqual(Array(10).fill(201));
    await times(20, (n) => beginFrom(`203.0.113.${n % 10}`));
    for (const other of others) expect((await poll(other)).body).toMatchObject({ state: 'pending' });
    expect(await pending()).toBe(50);
    expect(await met('pending_over_all')).toBeGreaterThanOrEqual(10);
  });

  it('from an IPv6 /60 does not pass the caps for its /64 networks', async () => {
    await start({ MG_PROVISION_MAX_PENDING_PER_56: '12', MG_PROVISION_MAX_PENDING_PER_ADDRESS: '5' });
    for (let round = 0; round < 3; round++)
      await times(16, (n) => beginFrom(`2001:db8:1:${n.toString(16)}::7`));
    expect(await pending()).toBe(12);
    expect((await beginFrom('2001:db8:1:100::1')).status).toBe(201);
  });

  it('with one key has one enrolment: a newer one takes the place of what waits', async () => {
    await start();
    const key = makeKey();
    const all: Answer[] = [];
    for (let n = 0; n < 5; n++) all.push(await beginFrom(`192.0.2.${n}`, key));
    expect(await pending()).toBe(1);
    expect(await poll(all[0]!)).toMatchObject({ status: 404, body: { code: 'enrolment_unknown' } });
    const { lookUp } = operator(app);
    expect((await lookUp(String(all[0]!.body['code']))).status).toBe(404);
    expect(await lookUp(String(all[4]!.body['code']))).toMatchObject({
      status: 200,
      body: { key_fingerprint: key.fingerprint },
    });
  });
});

describe("an attacker who knows only a device's public key", () => {
  it('cannot end what it waits for', async () => {
    await start();
    const device = await begin(app);
    const { publicKey } = keySigner(device.key.privateKey);
    const thief = keySigner(makeKey().privateKey);
    const forged = await createCsr(
      { ...thief, sign: (data) => thief.sign(data), publicKey },
      { subject: {} },
    );
    const answer = await send(`${app.url}/v1/enrolments`, {
      body: { csr: toPem('CERTIFICATE REQUEST', forged) },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'csr_signature_invalid' } });
    expect((await operator(app).approve(device.code)).status).toBe(200);
    expect((await device.redeem()).status).toBe(200);
  });
});

describe('an operator of the configuration', () => {
  const url = (path: string) => `${app.url}/v1/enrolments/pending${path}`;
  const list = (query = '') => send(url(query), { method: 'GET', token: ADA });
  const drop = (body: object, token = ADA) => send(url('/drop'), { token, body });
  const idsOf = ({ body }: Answer) => (body['enrolments'] as { id: string }[]).map(({ id }) => id);

  it('sees all that wait, and drops one, a network, or all; which is logged and counted', async () => {
    await start();
    const mine = await beginFrom('192.0.2.1');
    for (const address of ['203.0.113.1', '203.0.113.2', '2001:db8:1:2::9']) await beginFrom(address);
    const all = await list();
    expect(all.body).toMatchObject({ total: 4, offset: 0, limit: 10 });
    expect((all.body['enrolments'] as object[])[0]).toMatchObject({
      state: 'pending',
      origin: '2001:db8:1:2::9',
    });
    expect((await list('?origin=203.0.113.0/24&limit=1')).body).toMatchObject({ total: 2, limit: 1 });
    expect(await list('?origin=plant')).toMatchObject({ status: 400, body: { field: 'origin' } });

    const [first] = idsOf(await list('?origin=203.0.113.1'));
    expect(await drop({ ids: [first] })).toMatchObject({ status: 200, body: { dropped: 1 } });
    expect((await drop({ origin: '2001:db8:1::/48' })).body).toEqual({ dropped: 1 });
    expect((await poll(mine)).body).toMatchObject({ state: 'pending' });
    expect((await drop({ all: true })).body).toEqual({ dropped: 2 });
    expect(await poll(mine)).toMatchObject({ status: 404, body: { code: 'enrolment_unknown' } });
    const said = app.log.filter((line) => line.includes('pending enrolments dropped'));
    expect(said.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ by: 'operator:ada', count: 1, ids: [first] }),
      expect.objectContaining({ by: 'operator:ada', count: 1, origin: '2001:db8:1::/48' }),
      expect.objectContaining({ by: 'operator:ada', count: 2, all: true }),
    ]);
    expect(await metric(/^provision_enrolment_events_total\{event="dropped"\} (\d+)$/m)).toBe(4);
  });

  it('may use the SDK', async () => {
    await start();
    for (const address of ['192.0.2.1', '192.0.2.2']) await beginFrom(address);
    const { enrolments } = createProvisionClient({ baseUrl: app.url, token: async () => new Secret(ADA) });
    const { total, enrolments: found } = await enrolments.listPending({ origin: '192.0.2.1' });
    expect([total, found[0]?.origin]).toEqual([1, '192.0.2.1']);
    expect(await enrolments.dropPending({ ids: [found[0]!.id] })).toBe(1);
    expect(await enrolments.dropPending({ all: true })).toBe(1);
  });

  it('has to say which, and to be one', async () => {
    await start();
    await beginFrom('192.0.2.1');
    for (const body of [
      {},
      { all: false },
      { ids: [] },
      { ids: ['x'] },
      { origin: 'x' },
      { all: true, origin: '192.0.2.1' },
    ])
      expect((await drop(body)).status).toBe(400);
    expect((await drop({ all: true }, 'guess')).status).toBe(401);
    expect((await send(url(''), { method: 'GET' })).status).toBe(401);
    expect(await pending()).toBe(1);
  });
});

it('members of a domain see nothing of what waits in none', async () => {
  const world = await openWorld();
  app = await startApp(world.emulator, enrolmentEnvironment());
  const asked = await send(`${app.url}/v1/enrolments/pending`, { method: 'GET', token: world.tokens.owner });
  expect(asked).toMatchObject({ status: 403, body: { code: 'configured_operators_only' } });
  expect((await send(`${app.url}/v1/enrolments/pending`, { method: 'GET', token: ADA })).status).toBe(200);
  await world.close();
});
