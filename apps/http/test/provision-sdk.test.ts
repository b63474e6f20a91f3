import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ProvisionApiError, type ProvisionClient, createProvisionClient } from '@org/provision-sdk';
import { type RunningApp, type World, agentLayout, openWorld, startApp } from './app.js';
import { begin, enrolmentEnvironment } from './enrolment/setting.js';

let world: World;
let app: RunningApp;
let client: ProvisionClient;
beforeAll(async () => {
  world = await openWorld();
  app = await startApp(world.emulator, { MG_PROVISION_X509_PROVISIONING: 'true' }, agentLayout());
  client = createProvisionClient({ baseUrl: app.url, token: async () => world.tokens.owner });
});
afterEach(() => world.emulator.faults.clear());
afterAll(async () => {
  await client.close();
  await app.close();
  await world.close();
});

let count = 0;
const request = () => ({
  domainId: world.domainId,
  name: 'press',
  externalId: `sdk:${++count}`,
  externalKey: 'k-8f21',
});
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: ProvisionApiError) => error,
  );

describe('@org/provision-sdk against the app', () => {
  it('provisions a gateway, secrets as secrets', async () => {
    const wanted = request();
    const { clients, channels, caCert } = await client.provision(wanted);
    const [gateway] = clients;
    expect(gateway).toMatchObject({
      name: 'press',
      whitelisted: true,
      metadata: { external_id: wanted.externalId },
    });
    expect(channels.map(({ metadata }) => metadata['type'])).toEqual(['control', 'data']);
    expect(caCert).toMatch(/BEGIN CERTIFICATE/);
    expect(gateway!.certificate!.clientKey.reveal()).toMatch(/PRIVATE KEY/);
    expect(`${gateway!.key}`).toBe('[redacted]');
    expect(world.emulator.inventory().clients.find(({ id }) => id === gateway!.id)!.secret).toBe(
      gateway!.key.reveal(),
    );
  });

  it('gets its answer although the first was lost, and makes nothing twice', async () => {
    const wanted = request();
    const fault = world.emulator.faults.add({ operation: 'channels.connect', action: 'hold_before' });
    const key = `lost-${wanted.externalId}`;
    const leaving = new AbortController();
    const lost = failure(client.provision(wanted, { idempotencyKey: key, signal: leaving.signal }));
    await fault.waitForHit();
    leaving.abort();
    expect(await lost).toMatchObject({ kind: 'ambiguous' });
    const again = client.provision(wanted, { idempotencyKey: key });
    fault.release();
    expect((await again).clients[0]!.metadata['external_id']).toBe(wanted.externalId);
    const { configs } = world.emulator.inventory(world.domainId);
    expect(configs.filter(({ external_id }) => external_id === wanted.externalId)).toHaveLength(1);
  });

  it('tells conflicts, refusals and outages apart', async () => {
    const wanted = request();
    await client.provision(wanted);
    expect(await failure(client.provision(wanted))).toMatchObject({
      kind: 'conflict',
      code: 'external_id_exists',
      status: 409,
    });
    expect(await failure(client.provision({ ...request(), externalId: 'a/b' }))).toMatchObject({
      kind: 'invalid',
      code: 'invalid_external_id',
    });
    const nobody = createProvisionClient({ baseUrl: app.url });
    expect(await failure(nobody.provision(request()))).toMatchObject({ kind: 'unauthenticated' });
    await nobody.close();
    world.emulator.faults.add({ operation: 'channels.connect', action: 'refuse', times: null });
    expect(await failure(client.provision(request()))).toMatchObject({
      kind: 'unavailable',
      code: 'connections_failed',
      step: 'connections',
      upstream: { service: 'channels' },
      leftovers: [],
    });
  });

  it('reads mapping, leftovers, health and readiness, and has certificates issued', async () => {
    expect(await client.mapping(world.domainId)).toMatchObject({ mqtt: expect.anything() });
    expect(await client.leftovers(world.domainId, { limit: 5 })).toEqual({
      total: 0,
      offset: 0,
      limit: 5,
      runs: [],
      remnantsTotal: 0,
      remnants: [],
    });
    expect(await client.health()).toMatchObject({ status: 'pass', description: 'provision service' });
    expect(await client.readiness()).toMatchObject({ ready: true });
    const { clients } = await client.provision(request());
    const issued = await client.certificate({
      domainId: world.domainId,
      clientId: clients[0]!.id,
      ttl: '1h',
    });
    expect(issued.certificate).toMatch(/BEGIN CERTIFICATE/);
    expect(issued.key.reveal()).toMatch(/PRIVATE KEY/);
  });
});

describe('@org/provision-sdk with remnants', () => {
  it('lists and acknowledges them', async () => {
    const { domainId, owner } = world;
    const items = [{ type: 'channel' as const, id: 'ch-1', reason: 'nobody can remove it' }];
    const run = { runId: 'run-sdk', externalId: 'AA:01' };
    await app.server.remnants.record({ ...run, domainId }, items);
    const open = { ...run, items, foundAt: expect.any(Date), acknowledged: undefined };
    expect(await client.leftovers(domainId)).toMatchObject({ remnantsTotal: 1, remnants: [open] });
    const acknowledged = { ...open, acknowledged: { at: expect.any(Date), by: owner.id } };
    expect(await client.acknowledgeRemnants({ domainId, runId: 'run-sdk' })).toEqual(acknowledged);
    expect(await client.leftovers(domainId)).toMatchObject({ remnantsTotal: 0, remnants: [] });
    expect(await client.leftovers(domainId, { acknowledged: true })).toMatchObject({
      remnants: [acknowledged],
    });
  });
});

describe('@org/provision-sdk for operators', () => {
  it('looks devices up, approves, denies, lists, revokes and re-issues', async () => {
    const on = await startApp(world.emulator, enrolmentEnvironment(), agentLayout());
    const { domainId } = world;
    const sdk = createProvisionClient({ baseUrl: on.url, token: world.tokens.owner });
    const [device, other] = [await begin(on), await begin(on)];
    const found = await sdk.enrolments.lookUp({ domainId, code: device.code });
    expect(found).toMatchObject({
      state: 'pending',
      keyFingerprint: device.key.fingerprint,
      device: { model: 'Gateway 7' },
    });
    expect(found.expiresAt.getTime()).toBeGreaterThan(Date.now());
    const { id } = found;
    const approved = await sdk.enrolments.approve({ domainId, id, name: 'sdk press', externalKey: 'k-1' });
    expect(approved).toMatchObject({ id, state: 'approved', name: 'sdk press', domainId, removalDue: false });
    const unwanted = await sdk.enrolments.lookUp({ domainId, code: other.code });
    expect(await sdk.enrolments.deny({ domainId, id: unwanted.id })).toMatchObject({ state: 'denied' });
    expect(await failure(sdk.enrolments.lookUp({ domainId, code: 'BCDF-GHJK' }))).toMatchObject({
      kind: 'not_found',
      code: 'code_unknown',
    });
    expect(await sdk.enrolments.list(domainId, { state: 'approved', limit: 5 })).toMatchObject({
      total: 1,
      limit: 5,
      enrolments: [{ id }],
    });

    const redeemed = await device.redeem();
    expect(redeemed.body['bootstrap']).toMatchObject({ external_key: 'k-1' });
    expect((await sdk.enrolments.get({ domainId, id })).redeemedAt).toBeInstanceOf(Date);
    const machine = { domainId, id: approved.machineId! };
    expect(await sdk.machines.get(machine)).toMatchObject({
      name: 'sdk press',
      enrolmentId: id,
      gateway: { clientIds: [machine.id] },
      certificates: [{ serial: redeemed.body['serial'], state: 'signed', notAfter: expect.any(Date) }],
    });
    expect((await sdk.machines.reissue(machine)).reissue?.at).toBeInstanceOf(Date);
    expect(
      await sdk.machines.revoke({ ...machine, reason: 'superseded', removeGateway: true }),
    ).toMatchObject({
      state: 'revoked',
      revocation: { reason: 'superseded', at: expect.any(Date) },
      gateway: undefined,
    });
    expect((await sdk.machines.list(domainId, { state: 'revoked' })).machines).toMatchObject([
      { id: machine.id },
    ]);
    expect(await failure(sdk.machines.reissue(machine))).toMatchObject({ kind: 'conflict', status: 409 });
    await sdk.close();
    await on.close();
  });
});
