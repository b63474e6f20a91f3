import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { Secret } from '@org/domain';
import type { EnrolmentBegun, Identity, Operator } from '@org/enrolment';
import { createOperatorToken } from '../../src/index.js';
import { openssl } from '../openssl.js';
import { BUILTIN, type RunningServer, startServer } from '../world.js';
import { Device, pemOf } from './device.js';

const ana = createOperatorToken('ana');
const DOMAIN = 'plant-1';
let running: RunningServer;
let device: Device;
let operator: Operator;
let begun: EnrolmentBegun;
let identity: Identity;

beforeAll(async () => {
  running = await startServer(undefined, { MG_PROVISION_OPERATOR_TOKENS: ana.line });
  const { enrolments, callers } = running.server;
  device = new Device(enrolments!);
  begun = await device.begin();
  operator = await callers.operator({ token: ana.token, domainId: DOMAIN });
  const found = await enrolments!.lookUp({ code: begun.code, operator, address: '192.0.2.1' });
  await enrolments!.approve({ id: found.id, domainId: DOMAIN, operator, request: { name: 'press 7' } });
  identity = await device.redeem(begun);
});
afterAll(() => running.close());

describe('a device without a platform', () => {
  it('gets a certificate for its key that openssl takes', () => {
    const { leaf, between, root } = pemOf(identity);
    const verified = openssl(
      ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', 'root', '-untrusted', 'between', 'leaf'],
      { leaf, between, root },
    );
    expect(verified).toContain('OK');
    const certificate = new X509Certificate(leaf);
    expect(certificate.checkPrivateKey(device.key)).toBe(true);
    expect(certificate.subject).toContain(`CN=${identity.credentials.machineId}`);
  });

  it('gets no bootstrap configuration, and is a machine of its domain', async () => {
    expect(identity.bootstrap).toBeUndefined();
    const { enrolments } = running.server;
    const { machines } = await enrolments!.listMachines({ domainId: DOMAIN, offset: 0, limit: 10 });
    expect(machines).toMatchObject([
      { id: identity.credentials.machineId, name: 'press 7', approvedBy: 'operator:ana', gateway: undefined },
    ]);
  });

  it('is logged and counted, without its code or its secret', async () => {
    await device.begin();
    const text = running.log.join('');
    for (const event of ['begun', 'approved', 'redeemed']) expect(text).toContain(`enrolment ${event}`);
    expect(text).toContain(begun.id);
    for (const secret of [
      begun.code.reveal(),
      begun.code.reveal().replace('-', ''),
      begun.pollingSecret.reveal(),
    ])
      expect(text).not.toContain(secret);
    expect(text).not.toContain(ana.token.reveal());
    const metrics = await running.server.metrics.registry.metrics();
    expect(metrics).toContain('provision_enrolments{state="pending"} 1');
    expect(metrics).toContain('provision_machines{state="active"} 1');
    expect(metrics).toContain('provision_enrolment_events_total{event="redeemed"} 1');
  });

  it('is revoked by an operator', async () => {
    const { enrolments, authority } = running.server;
    const { machineId: id, serial } = identity.credentials;
    const reason = 'keyCompromise' as const;
    await enrolments!.revoke({ id, domainId: DOMAIN, operator, reason, removeGateway: true });
    const [record] = await authority!.store.find([serial]);
    expect(record).toMatchObject({ state: 'revoked', revocation: { reason } });
    expect(await running.server.enrolments!.countMachines()).toEqual({ revoked: 1 });
  });
});

describe('a key whose certificate was revoked because others know it', () => {
  it('may not enrol, redeem or be renewed with', async () => {
    const enrolments = running.server.enrolments!;
    const approve = async ({ code }: EnrolmentBegun) => {
      const { id } = await enrolments.lookUp({ code, operator, address: '192.0.2.1' });
      await enrolments.approve({ id, domainId: DOMAIN, operator, request: { name: 'press 8' } });
    };
    const enrol = async (each: Device) => {
      const its = await each.begin();
      await approve(its);
      return each.redeem(its);
    };
    const [stolen, other] = [new Device(enrolments), new Device(enrolments)];
    const { machineId: id } = (await enrol(stolen)).credentials;
    const { certificate } = (await enrol(other)).credentials;
    const again = await stolen.begin();
    await approve(again);
    const reason = 'keyCompromise' as const;
    await enrolments.revoke({ id, domainId: DOMAIN, operator, reason, removeGateway: false });

    const blocked = { kind: 'invalid', code: 'csr_key_blocked' };
    await expect(stolen.begin()).rejects.toMatchObject(blocked);
    await expect(stolen.redeem(again)).rejects.toMatchObject(blocked);
    const proof = { kind: 'tls', certificate } as const;
    const renewed = enrolments.renew({ csr: await stolen.csr(), proof });
    await expect(renewed).rejects.toMatchObject(blocked);
  });
});

describe('a certificate that lives for an hour', () => {
  it('may be renewed as often as that takes', async () => {
    const env = { MG_PROVISION_OPERATOR_TOKENS: ana.line, MG_PROVISION_CERTS_HOURS_VALID: '1h' };
    const { server, close } = await startServer(undefined, env);
    const enrolments = server.enrolments!;
    const operator = await server.callers.operator({ token: ana.token, domainId: DOMAIN });
    const device = new Device(enrolments);
    const begun = await device.begin();
    const { id } = await enrolments.lookUp({ code: begun.code, operator, address: '192.0.2.1' });
    await enrolments.approve({ id, domainId: DOMAIN, operator, request: { name: 'press 9' } });
    let { certificate } = (await device.redeem(begun)).credentials;
    const renew = async () => {
      const csr = await new Device(enrolments).csr();
      ({ certificate } = await enrolments.renew({ csr, proof: { kind: 'tls', certificate } }));
    };
    for (let renewals = 0; renewals < 36; renewals += 1) await renew();
    await close();
  });
});

describe('a server without a platform', () => {
  it('provisions nothing, and says why', async () => {
    const request = { name: 'a', externalId: 'b', externalKey: new Secret('c') };
    const off = { kind: 'not_found', code: 'platform_off' };
    const { provisioner, certificates } = running.server;
    await expect(
      provisioner.provision({ domainId: DOMAIN, request, token: ana.token, idempotencyKey: undefined }),
    ).rejects.toMatchObject(off);
    await expect(
      certificates.issue({ domainId: DOMAIN, token: ana.token, clientId: 'c', ttl: undefined }),
    ).rejects.toMatchObject(off);
    expect(running.server.acceptsAnonymous).toBe(false);
  });

  it('is ready without Magistrala', async () => {
    const { ready, checks } = await running.server.readiness();
    expect({ ready, names: checks.map(({ name }) => name) }).toEqual({ ready: true, names: ['store'] });
  });

  it('enrols no one when that is switched off', async () => {
    const off = await startServer(undefined, { ...BUILTIN, MG_PROVISION_ENROLMENT: 'off' });
    expect(off.server.enrolments).toBeUndefined();
    expect(off.server.authority).toBeDefined();
    await off.close();
  });
});
