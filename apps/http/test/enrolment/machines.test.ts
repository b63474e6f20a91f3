import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { type RunningApp, type World, agentLayout, openWorld, startApp } from '../app.js';
import { begin, enrolmentEnvironment, operator } from './setting.js';

let world: World;
let app: RunningApp;
let owner: ReturnType<typeof operator>;
beforeAll(async () => {
  world = await openWorld();
  app = await startApp(world.emulator, enrolmentEnvironment(), agentLayout());
  owner = operator(app, world.tokens.owner, world.domainId);
});
afterAll(async () => {
  await app.close();
  await world.close();
});

async function enrolled(name: string) {
  const device = await begin(app);
  await owner.approve(device.code, { name });
  const { body } = await device.redeem();
  return body as { machine_id: string; serial: string };
}

const revokedSerials = async () => {
  const crl = Buffer.from(await (await fetch(`${app.url}/crl`)).arrayBuffer());
  return execFileSync('openssl', ['crl', '-inform', 'DER', '-noout', '-text'], {
    input: crl,
    encoding: 'utf8',
  }).toLowerCase();
};

describe('machines', () => {
  it('are listed by page and state, and shown with their certificates', async () => {
    const [first, second] = [await enrolled('one'), await enrolled('two')];
    const listed = await owner.get('machines?limit=1');
    expect(listed.body).toMatchObject({ total: 2, limit: 1, machines: [{ id: second.machine_id }] });
    const { status, body } = await owner.get(`machines/${first.machine_id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: first.machine_id,
      domain_id: world.domainId,
      name: 'one',
      state: 'active',
      binding: 'key',
      device: { model: 'Gateway 7' },
      late_renewals: 0,
      gateway: { client_ids: [first.machine_id] },
      removal_due: false,
      certificates: [{ serial: first.serial, state: 'signed' }],
    });
    for (const time of ['enrolled_at']) expect(body[time]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(await owner.get('machines?state=lost')).toMatchObject({ status: 400, body: { field: 'state' } });
    expect((await operator(app, world.tokens.stranger, world.domainId).get('machines')).status).toBe(403);
    expect(await owner.get('machines/nobody')).toMatchObject({
      status: 404,
      body: { code: 'machine_unknown' },
    });
  });

  it('are revoked, with reason, in CRL and record, and stay on the platform unless asked otherwise', async () => {
    const { machine_id: id, serial } = await enrolled('three');
    expect(await owner.post(`machines/${id}/revoke`, { reason: 'bored' })).toMatchObject({
      status: 400,
      body: { code: 'revocation_reason_invalid' },
    });
    const revoked = await owner.post(`machines/${id}/revoke`, { reason: 'keyCompromise' });
    expect(revoked).toMatchObject({
      status: 200,
      body: { state: 'revoked', revocation: { reason: 'keyCompromise' }, removal_due: false },
    });
    expect(await revokedSerials()).toContain(serial);
    expect((await owner.get(`machines/${id}`)).body['certificates']).toMatchObject([
      { serial, state: 'revoked', revocation_reason: 'keyCompromise' },
    ]);
    expect((await owner.get('machines?state=revoked')).body['total']).toBe(1);
    const onPlatform = () => world.emulator.inventory(world.domainId).clients.some((it) => it.id === id);
    expect(onPlatform()).toBe(true);
    expect(await owner.post(`machines/${id}/revoke`, { remove_gateway: true })).toMatchObject({
      status: 200,
      body: { removal_due: false, revocation: { reason: 'keyCompromise' } },
    });
    expect(onPlatform()).toBe(false);
  });

  it('are listed page by page, each with the way to the next', async () => {
    const found: string[] = [];
    let after = '';
    do {
      const { body } = await owner.get(`machines?limit=2${after && `&after=${after}`}`);
      found.push(...(body['machines'] as { id: string }[]).map(({ id }) => id));
      after = (body['next'] as string | undefined) ?? '';
    } while (after);
    const all = await owner.get('machines?limit=100');
    expect(found).toEqual((all.body['machines'] as { id: string }[]).map(({ id }) => id));
    expect(found.length).toBeGreaterThan(2);
    expect(all.body['next']).toBeUndefined();
    for (const query of ['after=x', 'after=', 'offset=10001'])
      expect(await owner.get(`machines?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid_query_parameters', field: query.split('=')[0] },
      });
  });

  it('are revoked without a body too, and not re-issued afterwards', async () => {
    const { machine_id: id } = await enrolled('four');
    const asked = await owner.post(`machines/${id}/reissue`);
    expect(asked).toMatchObject({ status: 200, body: { reissue: { by: expect.any(String) } } });
    expect(await owner.post(`machines/${id}/revoke`)).toMatchObject({
      status: 200,
      body: { state: 'revoked', revocation: { reason: 'unspecified' } },
    });
    expect(await owner.post(`machines/${id}/reissue`)).toMatchObject({
      status: 409,
      body: { code: 'machine_revoked' },
    });
  });

  it('are left alone by who may only look at the domain', async () => {
    const { machine_id: id } = await enrolled('five');
    const reader = operator(app, world.tokens.reader, world.domainId);
    expect((await reader.get(`machines/${id}`)).status).toBe(403);
    for (const [path, body] of [
      [`machines/${id}/revoke`, { remove_gateway: true }],
      [`machines/${id}/revoke`, {}],
      [`machines/${id}/reissue`, {}],
    ] as const)
      expect(await reader.post(path, body)).toMatchObject({ status: 403, body: { code: 'may_not_remove' } });
    const { body } = await owner.get(`machines/${id}`);
    expect(body).toMatchObject({ state: 'active', removal_due: false });
    expect(body['reissue'] ?? undefined).toBeUndefined();
  });

  it('get no certificates as clients, whose keys others would know', async () => {
    const { machine_id: id } = await enrolled('six');
    expect(await owner.post('cert', { client_id: id })).toMatchObject({
      status: 409,
      body: { code: 'machine_enrolled' },
    });
  });
});
