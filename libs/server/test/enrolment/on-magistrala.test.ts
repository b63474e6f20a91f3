import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import type { Secret } from '@org/domain';
import { createOperatorToken } from '../../src/index.js';
import { BUILTIN, type RunningServer, openWorld, startServer } from '../world.js';
import { Device } from './device.js';

const ana = createOperatorToken('ana');
let world: Awaited<ReturnType<typeof openWorld>>;
let running: RunningServer;

beforeAll(async () => {
  world = await openWorld();
  running = await startServer(world.emulator, {
    ...BUILTIN,
    MG_PROVISION_OPERATOR_TOKENS: ana.line,
    MG_PROVISION_USERNAME: world.owner.username,
    MG_PROVISION_PASS: world.owner.password,
    MG_PROVISION_DEVICE_BOOTSTRAP_URL: 'https://boot.plant.test',
  });
});
afterAll(async () => {
  await running.close();
  await world.close();
});

/** Enrols a device that is approved by whom the token belongs to. */
async function enrol(token: Secret) {
  const { enrolments, callers } = running.server;
  const domainId = world.domain.id;
  const device = new Device(enrolments!);
  const begun = await device.begin();
  const operator = await callers.operator({ token, domainId });
  const { id } = await enrolments!.lookUp({ code: begun.code, operator, address: '192.0.2.1' });
  const view = await enrolments!.approve({ id, domainId, operator, request: { name: 'press' } });
  return { view, identity: await device.redeem(begun) };
}

describe('a device on Magistrala', () => {
  it.each([
    ['a member', () => world.tokens.owner, () => world.owner.id],
    [
      "an operator of the configuration, with the service's credentials",
      () => ana.token,
      () => 'operator:ana',
    ],
  ])('approved by %s becomes a gateway', async (_, token, id) => {
    const { view, identity } = await enrol(token());
    expect(view.approvedBy).toBe(id());
    const { clients, configs } = world.emulator.inventory(world.domain.id);
    expect(clients.map((client) => client.id)).toContain(identity.credentials.machineId);
    expect(configs.map((config) => config.external_id)).toContain(identity.bootstrap!.externalId);
    expect(identity.bootstrap!.url).toBe('https://boot.plant.test');
  });

  it('comes with one certificate, for its own key', async () => {
    const { identity } = await enrol(world.tokens.owner);
    const { machineId, serial } = identity.credentials;
    const { records } = await running.server.authority!.store.list({ machineId });
    expect(records.map((record) => record.serial)).toEqual([serial]);
  });

  it('gets no certificate by any other way, enrolled or revoked', async () => {
    const { identity } = await enrol(world.tokens.owner);
    const { machineId, serial } = identity.credentials;
    const { authority, callers, certificates, enrolments } = running.server;
    const domainId = world.domain.id;
    const token = world.tokens.owner;
    const order = { domainId, token, clientId: machineId, ttl: undefined };
    await expect(certificates.issue(order)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'machine_enrolled',
    });
    const operator = await callers.operator({ token, domainId });
    const reason = 'keyCompromise' as const;
    await enrolments!.revoke({ id: machineId, domainId, operator, reason, removeGateway: false });
    await expect(certificates.issue(order)).rejects.toMatchObject({ code: 'machine_enrolled' });
    const { records } = await authority!.store.list({ machineId });
    expect(records.map((record) => record.serial)).toEqual([serial]);
  });

  it('is not impersonated with a certificate that was made for its client before', async () => {
    const { authority, callers, certificates, enrolments } = running.server;
    const domainId = world.domain.id;
    const token = world.tokens.owner;
    const device = new Device(enrolments!);
    const begun = await device.begin();
    const operator = await callers.operator({ token, domainId });
    const request = { name: 'early' };
    const { machineId } = await enrolments!.approve({ id: begun.id, domainId, operator, request });
    const made = await certificates.issue({ domainId, token, clientId: machineId!, ttl: undefined });
    const { credentials } = await device.redeem(begun);
    const certificate = new X509Certificate(made.certificate).raw;
    await expect(enrolments!.checkIn({ kind: 'tls', certificate })).rejects.toMatchObject({
      code: 'certificate_unknown',
    });
    const [early] = await authority!.store.find([made.serial]);
    expect(early).toMatchObject({ state: 'revoked' });
    const own = { kind: 'tls', certificate: credentials.certificate } as const;
    expect(await enrolments!.checkIn(own)).toMatchObject({ machineId });
  });

  it('is neither revoked, nor re-issued, nor denied by who may only look', async () => {
    const { identity, view } = await enrol(world.tokens.owner);
    const { callers, enrolments } = running.server;
    const domainId = world.domain.id;
    const reader = await callers.operator({ token: world.tokens.reader, domainId });
    const machine = { id: identity.credentials.machineId, domainId, operator: reader };
    const before = world.emulator.inventory(domainId);
    const refused = { kind: 'forbidden', code: 'may_not_remove' };
    for (const removeGateway of [true, false])
      await expect(
        enrolments!.revoke({ ...machine, reason: 'unspecified', removeGateway }),
      ).rejects.toMatchObject(refused);
    await expect(enrolments!.reissue(machine)).rejects.toMatchObject(refused);
    await expect(enrolments!.deny({ ...machine, id: view.id })).rejects.toMatchObject(refused);
    expect(world.emulator.inventory(domainId)).toEqual(before);
    expect(await enrolments!.findMachine(machine)).toMatchObject({ state: 'active', reissue: undefined });
  });
});
