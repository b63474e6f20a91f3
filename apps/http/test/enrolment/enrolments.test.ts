import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { createBootstrapDevice } from '@org/bootstrap-client';
import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { createCsr, keySigner, toPem } from '@org/x509';
import { type RunningApp, type World, agentLayout, openWorld, send, startApp } from '../app.js';
import { begin, enrolmentEnvironment, makeKey, operator } from './setting.js';

let world: World;
let app: RunningApp;
let owner: ReturnType<typeof operator>;
beforeAll(async () => {
  world = await openWorld();
  app = await startApp(world.emulator, enrolmentEnvironment(), agentLayout());
  owner = operator(app, world.tokens.owner, world.domainId);
});
afterEach(() => world.emulator.faults.clear());
afterAll(async () => {
  await app.close();
  await world.close();
});

describe('a device', () => {
  it('gets a code, an approval, a certificate for its key, and its bootstrap configuration', async () => {
    const device = await begin(app);
    expect(device.code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect((await device.poll()).body).toMatchObject({ state: 'pending', slow_down: false, interval: 5 });

    const found = await owner.lookUp(device.code.toLowerCase().replace('-', ' '));
    expect(found.status).toBe(200);
    expect(found.body).toMatchObject({
      state: 'pending',
      binding: 'key',
      key_fingerprint: device.key.fingerprint,
      device: { model: 'Gateway 7', serial: 'SN-0042', hostname: 'press-4', address: '10.1.7.4' },
      origin: '127.0.0.1',
    });
    const approved = await owner.post(`enrolments/${String(found.body['id'])}/approve`, { name: 'press 4' });
    expect(approved).toMatchObject({
      status: 200,
      body: { state: 'approved', domain_id: world.domainId, name: 'press 4', removal_due: false },
    });
    expect(Date.parse(String(approved.body['redeem_by']))).toBeGreaterThan(Date.now());

    const { machine_id: machineId } = approved.body as { machine_id: string };
    expect((await device.poll()).body).toMatchObject({ state: 'approved', machine_id: machineId });
    const { status, body, headers } = await device.redeem();
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const identity = body as {
      certificate: string;
      ca_bundle: string[];
      root: string;
      bootstrap: Record<'url' | 'external_id' | 'external_key', string>;
    };
    const certificate = new X509Certificate(identity.certificate);
    expect(certificate.subject).toBe(`CN=${machineId}`);
    expect(certificate.checkPrivateKey(device.key.privateKey)).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(identity.ca_bundle[0]!))).toBe(true);
    expect(new X509Certificate(identity.root).ca).toBe(true);
    expect(world.emulator.inventory(world.domainId).clients.map(({ id }) => id)).toContain(machineId);

    const transport = createTransport();
    const { external_id: externalId, external_key: externalKey, url } = identity.bootstrap;
    const bootstrap = createBootstrapDevice({ baseUrl: url, transport });
    const { content } = await bootstrap.fetch({ externalId, externalKey: new Secret(externalKey) });
    expect(content!.reveal()).toContain(machineId);
    await transport.close();

    // The key goes to the device, and to no one else.
    const shown = [found, approved, await owner.get(`enrolments/${String(found.body['id'])}`)];
    expect(JSON.stringify(shown) + app.log.join('')).not.toContain(externalKey);
    expect(app.log.join('')).not.toContain(device.secret);
    expect(app.log.join('')).not.toMatch(new RegExp(device.code.replace('-', '-?'), 'i'));
  });

  it('gets the same certificate again with the same key, and nothing with another', async () => {
    const device = await begin(app);
    await owner.approve(device.code);
    const first = await device.redeem();
    expect((await device.redeem()).body['serial']).toBe(first.body['serial']);
    expect(await device.redeem(makeKey())).toMatchObject({ status: 403, body: { code: 'key_mismatch' } });
  });

  it('that comes too soon is told to wait, or to slow down', async () => {
    const device = await begin(app);
    const early = await device.redeem();
    expect(early).toMatchObject({ status: 409, body: { code: 'enrolment_pending' } });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    await device.poll();
    expect((await device.poll()).body).toMatchObject({ slow_down: true, interval: 10 });
  });

  it('that is denied gets nothing', async () => {
    const device = await begin(app);
    const { body } = await owner.lookUp(device.code);
    const denied = await owner.post(`enrolments/${String(body['id'])}/deny`);
    expect(denied).toMatchObject({ status: 200, body: { state: 'denied', domain_id: world.domainId } });
    expect((await device.poll()).body).toMatchObject({ state: 'denied' });
    expect(await device.redeem()).toMatchObject({ status: 403, body: { code: 'enrolment_denied' } });
    expect(await owner.lookUp(device.code)).toMatchObject({ status: 404, body: { code: 'code_unknown' } });
  });

  it('with an approval taken back leaves nothing on the platform', async () => {
    const device = await begin(app);
    const { body } = await owner.approve(device.code, { name: 'press', external_id: 'taken:back' });
    const denied = await owner.post(`enrolments/${String(body['id'])}/deny`);
    expect(denied.status).toBe(200);
    expect((await device.redeem()).status).toBe(403);
    // Upkeep removes it within seconds.
    for (let tries = 0; tries < 200; tries++) {
      const { configs } = world.emulator.inventory(world.domainId);
      if (!configs.some(({ external_id }) => external_id === 'taken:back')) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the gateway is still there');
  });

  it.each([
    ['no certificate request', {}, 'invalid_field', 'csr'],
    ['one that is a number', { csr: 7 }, 'invalid_field', 'csr'],
    ['one that is not PEM', { csr: 'nonsense' }, 'csr_not_pem', 'csr'],
    [
      'PEM of something else',
      { csr: toPem('CERTIFICATE REQUEST', Buffer.from('0')) },
      'csr_malformed',
      'csr',
    ],
    ['facts that are a list', { csr: 'x', device: [] }, 'invalid_field', 'device'],
    ['a fact that is a number', { csr: 'x', device: { model: 7 } }, 'invalid_field', 'device.model'],
  ])('with %s is told what is wrong', async (_what, body, code, field) => {
    const answer = await send(`${app.url}/v1/enrolments`, { body });
    expect(answer).toMatchObject({ status: 400, body: { code, field } });
  });

  it('may say much of itself, of which the first 128 characters are kept', async () => {
    const { code } = await begin(app, { model: 'x'.repeat(300), serial: `SN-${'7'.repeat(125)}` });
    expect((await owner.lookUp(code)).body['device']).toEqual({
      model: 'x'.repeat(128),
      serial: `SN-${'7'.repeat(125)}`,
    });
  });

  it('whose request would be refused in the end is refused at once', async () => {
    const key = keySigner(makeKey().privateKey);
    const csr = await createCsr(key, { subject: {}, names: { dns: ['press-4.example'] } });
    const answer = await send(`${app.url}/v1/enrolments`, {
      body: { csr: toPem('CERTIFICATE REQUEST', csr) },
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'csr_name_forbidden', field: 'csr', name: 'press-4.example' },
    });
  });

  it('that hands in no certificate request at the end is told so', async () => {
    const body = { polling_secret: 'x', csr: 'nonsense' };
    expect(await send(`${app.url}/v1/enrolments/redeem`, { body })).toMatchObject({
      status: 400,
      body: { code: 'csr_not_pem', field: 'csr' },
    });
  });

  it('may send its body with a charset, but only as JSON', async () => {
    const body = { csr: await makeKey().csr() };
    const type = 'application/json; charset=utf-8';
    expect((await send(`${app.url}/v1/enrolments`, { body, type })).status).toBe(201);
    for (const other of ['text/plain', ';;;'])
      expect(await send(`${app.url}/v1/enrolments`, { body, type: other })).toMatchObject({
        status: 415,
        body: { code: 'unsupported_content_type' },
      });
  });

  it('with an unknown secret is unknown', async () => {
    const answer = await send(`${app.url}/v1/enrolments/poll`, { body: { polling_secret: 'x' } });
    expect(answer).toMatchObject({ status: 404, body: { code: 'enrolment_unknown' } });
  });
});

describe('an operator', () => {
  it('has to be a member of the domain, or configured', async () => {
    const { code } = await begin(app);
    const stranger = operator(app, world.tokens.stranger, world.domainId);
    expect((await stranger.lookUp(code)).status).toBe(403);
    const nobody = await send(`${app.url}/${world.domainId}/enrolments`, { method: 'GET' });
    expect(nobody).toMatchObject({ status: 401, body: { code: 'missing_credentials' } });
    // Named in the configuration, but the service has nothing to act on the platform with.
    const ada = operator(app, undefined, world.domainId);
    expect(await ada.lookUp(code)).toMatchObject({
      status: 403,
      body: { code: 'operator_needs_credentials' },
    });
  });

  it('sees what the domain approved or denied, by state and by page, and nothing of other domains', async () => {
    const domain = world.emulator.addDomain();
    world.emulator.addMember(domain.id, world.owner.id, 'admin');
    const other = operator(app, world.tokens.owner, domain.id);
    const [first, second, third] = [await begin(app), await begin(app), await begin(app)];
    const ids = [
      (await other.approve(first.code)).body['id'],
      (await other.approve(second.code)).body['id'],
      (await other.lookUp(third.code)).body['id'],
    ];
    await other.post(`enrolments/${String(ids[2])}/deny`);

    const all = await other.get('enrolments');
    expect(all.body).toMatchObject({ total: 3, offset: 0, limit: 10 });
    const idsOf = ({ body }: typeof all) => (body['enrolments'] as { id: string }[]).map((it) => it.id);
    expect(idsOf(all)).toEqual([...ids].reverse());
    expect(idsOf(await other.get('enrolments?state=denied'))).toEqual([ids[2]]);
    expect(idsOf(await other.get('enrolments?offset=1&limit=1'))).toEqual([ids[1]]);
    for (const query of ['state=x', 'limit=0', 'limit=101', 'offset=-1', 'limit=1&limit=2'])
      expect(await other.get(`enrolments?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid_query_parameters' },
      });
    expect(await owner.get(`enrolments/${String(ids[0])}`)).toMatchObject({
      status: 404,
      body: { code: 'enrolment_unknown' },
    });
    expect((await owner.get('enrolments/%00')).status).toBe(404);
  });

  it('is told what is wrong with an approval, and may try again', async () => {
    const device = await begin(app);
    const { body } = await owner.lookUp(device.code);
    const approve = (request: object) => owner.post(`enrolments/${String(body['id'])}/approve`, request);
    expect(await approve({})).toMatchObject({ status: 400, body: { field: 'name' } });
    for (const name of ['a\u0000b', 'a\u001b[2Jb', 'a\nb', 'a\u009bb', 'a\u202eb'])
      expect(await approve({ name })).toMatchObject({ status: 400, body: { field: 'name' } });
    expect(await approve({ name: 'x', external_id: 'a/b' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_external_id' },
    });
    expect(await approve({ name: 'x', layout: 'none' })).toMatchObject({
      status: 400,
      body: { code: 'layout_unknown' },
    });
    const key = 'a key of my own';
    const approved = await approve({ name: 'x', external_id: 'mine', external_key: key });
    expect(approved.body).toMatchObject({ state: 'approved', external_id: 'mine' });
    expect(await approve({ name: 'again' })).toMatchObject({ status: 200, body: { name: 'x' } });
    expect((await device.redeem()).body['bootstrap']).toMatchObject({
      external_id: 'mine',
      external_key: key,
    });
    expect(app.log.join('')).not.toContain(key);
    const taken = await owner.approve((await begin(app)).code, { name: 'y', external_id: 'mine' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'external_id_exists', leftovers: [] } });
  });

  it.each([
    ['lookup', 'enrolments/lookup', { code: 'nonsense' }, 'code_malformed', 'code'],
    ['revocation', 'machines/nobody/revoke', { reason: 'bored' }, 'revocation_reason_invalid', 'reason'],
  ])('is told what is wrong with a %s', async (_what, path, body, code, field) => {
    expect(await owner.post(path, body)).toMatchObject({ status: 400, body: { code, field } });
  });

  it('learns of outages as such, and the enrolment can be approved later', async () => {
    const device = await begin(app);
    world.emulator.faults.add({ operation: 'channels.connect', action: 'refuse', times: null });
    expect(await owner.approve(device.code)).toMatchObject({
      status: 503,
      body: { code: 'connections_failed', step: 'connections', leftovers: [] },
    });
    world.emulator.faults.clear();
    expect((await owner.approve(device.code)).status).toBe(200);
    expect((await device.redeem()).status).toBe(200);
  });
});
