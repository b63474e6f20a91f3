import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
});
