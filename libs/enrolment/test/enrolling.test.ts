import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { createCsr, fingerprint } from '@org/x509';
import { DAY_MS, aCsr, aSigner, anAuthority } from './support/authority.js';
import { Device, approve, enrolled, tls } from './support/device.js';
import { outcomeOf, tally } from './support/errors.js';
import { ANN, BOB, World } from './support/world.js';

const address = '198.51.100.1';

describe('enrolling by code, without a platform', () => {
  it('goes from a key to a certificate, its renewal and its end', async () => {
    const world = new World();
    const { enrolments } = await world.process();
    const device = await new Device().begin(enrolments);
    expect(device.begun).toMatchObject({
      verificationUrl: 'https://provision.example/enrol',
      lifetimeMs: 600_000,
      intervalMs: 5_000,
      keyFingerprint: fingerprint(device.signer.publicKey),
    });
    expect(await enrolments.poll(device.credentials)).toMatchObject({
      state: 'pending',
      machineId: undefined,
    });

    const seen = await enrolments.lookUp({ code: device.begun.code, operator: ANN, address });
    expect(seen).toMatchObject({
      id: device.begun.id,
      state: 'pending',
      device: { model: 'Gate 2', serial: 'A-17' },
      keyFingerprint: device.begun.keyFingerprint,
      origin: '192.0.2.1',
      machineId: undefined,
    });
    const approved = await approve(enrolments, device);
    const { machineId } = approved;
    expect(approved).toMatchObject({
      state: 'approved',
      name: 'press-7',
      approvedBy: 'ann',
      externalId: undefined,
    });
    expect(machineId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await enrolments.poll(device.credentials)).toMatchObject({ state: 'approved', machineId });

    const { credentials, bootstrap } = await device.redeem(enrolments);
    expect(bootstrap).toBeUndefined();
    const certificate = new X509Certificate(credentials.certificate);
    expect(certificate.subject).toBe(`CN=${machineId}`);
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' })).toEqual(device.signer.publicKey);
    const [issuing] = credentials.caBundle.map((der) => new X509Certificate(der));
    expect(certificate.verify(issuing!.publicKey)).toBe(true);
    expect(issuing!.verify(new X509Certificate(credentials.root).publicKey)).toBe(true);
    expect(credentials.renewAt).toBeGreaterThan(world.clock.now() + 55 * DAY_MS);
    expect(credentials.renewAt).toBeLessThan(world.clock.now() + 65 * DAY_MS);
    expect(await enrolments.stateOf(device.credentials)).toMatchObject({ state: 'redeemed', machineId });

    world.clock.advance(61 * DAY_MS);
    const next = aSigner();
    const csr = await aCsr(next, machineId);
    const renewed = await enrolments.renew({ csr, proof: tls({ credentials, bootstrap }) });
    expect(renewed.serial).not.toBe(credentials.serial);
    expect(await world.valid()).toHaveLength(2);
    await enrolments.checkIn({ kind: 'tls', certificate: renewed.certificate });
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([renewed.serial]);

    const subject = { id: machineId!, domainId: 'plant', operator: BOB };
    expect(await enrolments.findMachine(subject)).toMatchObject({
      name: 'press-7',
      state: 'active',
      approvedBy: 'ann',
      binding: 'key',
      lastSeenAt: world.clock.now(),
    });
    const revoked = await enrolments.revoke({ ...subject, reason: 'keyCompromise', removeGateway: true });
    expect(revoked).toMatchObject({ state: 'revoked', revocation: { by: 'bob', reason: 'keyCompromise' } });
    expect(await world.valid()).toEqual([]);
    expect(
      await outcomeOf(enrolments.renew({ csr, proof: { kind: 'tls', certificate: renewed.certificate } })),
    ).toBe('certificate_revoked');
  });

  it('gives a key the same certificate as often as it asks, and another key none', async () => {
    const world = new World();
    const { enrolments } = await world.process();
    const device = await enrolled(enrolments);
    for (let n = 0; n < 3; n++) expect(await device.redeem(enrolments)).toEqual(device.identity);
    expect(await outcomeOf(device.redeem(enrolments, aSigner()))).toBe('key_mismatch');
    expect(await world.valid()).toHaveLength(1);
    expect(world.eventsCalled('redeemed')).toHaveLength(1);
  });

  it('makes one certificate of hundreds of redemptions at once, by several processes', async () => {
    const world = new World();
    const processes = await Promise.all([world.process(), world.process(), world.process()]);
    const device = await new Device().begin(processes[0]!.enrolments);
    await approve(processes[0]!.enrolments, device);
    const serials = new Set<string>();
    const all = Array.from({ length: 200 }, async (_, n) => {
      const { credentials } = await device.redeem(processes[n % 3]!.enrolments);
      serials.add(credentials.serial);
    });
    const { ok, ...others } = tally(await Promise.all(all.map(outcomeOf)));
    expect(ok).toBeGreaterThan(0);
    expect(Object.keys(others)).toEqual(['redemption_in_progress']);
    expect(serials.size).toBe(1);
    expect((await world.valid()).map(({ serial }) => serial)).toEqual([...serials]);
    expect((await world.stores.certificates.list({})).records).toHaveLength(1);
  });

  it('refuses a request that is not signed by its key, or names another machine', async () => {
    const world = new World();
    const { enrolments } = await world.process();
    const csr = await aCsr(aSigner());
    csr[csr.length - 5]! ^= 1;
    const begun = enrolments.begin({ csr, device: {}, origin: '192.0.2.1' });
    expect(await outcomeOf(begun)).toMatch(/^csr_/);
    const device = await new Device().begin(enrolments);
    await approve(enrolments, device);
    const named = { credentials: device.credentials, csr: await aCsr(device.signer, 'machine-2') };
    expect(await outcomeOf(enrolments.redeem(named))).toBe('csr_name_mismatch');
    expect(await world.valid()).toEqual([]);
    // At once, and not when the lease of the failed attempt is over.
    expect(await outcomeOf(device.redeem(enrolments))).toBe('ok');
  });

  it.each([
    ['a host name', { dns: ['press-7.example'] }],
    ['an address', { ip: [Buffer.of(10, 0, 0, 1)] }],
    ["a machine's own name, as it has none yet", { uri: ['urn:provision:machine:m-1'] }],
  ])('refuses a request for %s before anybody is asked', async (_, names) => {
    const world = new World();
    const { enrolments } = await world.process();
    const csr = await createCsr(aSigner(), { subject: {}, names });
    const begun = enrolments.begin({ csr, device: {}, origin: '192.0.2.1' });
    expect(await outcomeOf(begun)).toBe('csr_name_forbidden');
    expect(await world.stores.codes.countByState()).toEqual({});
  });

  it("refuses a request for the authority's own key before anybody is asked", async () => {
    const { enrolments } = await new World().process();
    const { authority } = await anAuthority();
    const begun = enrolments.begin({ csr: await aCsr(authority.signer), device: {}, origin: '192.0.2.1' });
    expect(await outcomeOf(begun)).toBe('csr_key_of_authority');
  });

  it('grants the very request that a device began with, whatever name it has', async () => {
    const { enrolments } = await new World().process();
    const device = new Device();
    const csr = await aCsr(device.signer, 'press-7.example');
    device.begun = await enrolments.begin({ csr, device: {}, origin: '192.0.2.1' });
    const { machineId } = await approve(enrolments, device);
    const redeem = (csr: Buffer) => enrolments.redeem({ credentials: device.credentials, csr });
    expect(await outcomeOf(redeem(await aCsr(device.signer, 'another')))).toBe('csr_name_mismatch');
    expect((await redeem(csr)).credentials.machineId).toBe(machineId);
  });

  it('tells a device that was refused, and one that came too late', async () => {
    const world = new World();
    const { enrolments } = await world.process();
    const [denied, late] = [await new Device().begin(enrolments), await new Device().begin(enrolments)];
    const view = await enrolments.deny({ id: denied.begun.id, domainId: 'plant', operator: ANN });
    expect(view).toMatchObject({ state: 'denied', deniedBy: 'ann', domainId: 'plant' });
    expect(await enrolments.poll(denied.credentials)).toMatchObject({
      state: 'denied',
      machineId: undefined,
    });
    expect(await outcomeOf(denied.redeem(enrolments))).toBe('enrolment_denied');
    await approve(enrolments, late);
    world.clock.advance(3_600_000);
    expect(await outcomeOf(late.redeem(enrolments))).toBe('enrolment_expired');
    await world.tend();
    expect(world.eventsCalled('denied')).toEqual([
      { enrolmentId: denied.begun.id, domainId: 'plant', by: 'ann' },
    ]);
    expect(world.eventsCalled('expired')).toEqual([{ enrolmentId: late.begun.id, domainId: 'plant' }]);
  });

  it('shows waiting enrolments to who knows their id, and others only in their domain', async () => {
    const { enrolments } = await new World().process();
    const device = await new Device().begin(enrolments);
    const { id } = device.begun;
    expect(await enrolments.find({ id, domainId: 'elsewhere' })).toMatchObject({ state: 'pending' });
    await approve(enrolments, device);
    expect(await enrolments.find({ id, domainId: 'plant' })).toMatchObject({ state: 'approved' });
    expect(await outcomeOf(enrolments.find({ id, domainId: 'elsewhere' }))).toBe('enrolment_unknown');
    const list = (domainId: string) => enrolments.list({ domainId, offset: 0, limit: 10 });
    expect(await list('plant')).toMatchObject({ total: 1, enrolments: [{ id, name: 'press-7' }] });
    expect(await list('elsewhere')).toEqual({ total: 0, enrolments: [] });
    expect(await enrolments.countEnrolments()).toEqual({ approved: 1 });
    expect(await enrolments.countMachines()).toEqual({});
    await device.redeem(enrolments);
    const { total, machines } = await enrolments.listMachines({ domainId: 'plant', offset: 0, limit: 10 });
    expect([total, machines[0]?.enrolmentId]).toEqual([1, id]);
    const other = { id: machines[0]!.id, domainId: 'elsewhere', operator: BOB };
    for (const asked of [enrolments.findMachine(other), enrolments.reissue(other)])
      expect(await outcomeOf(asked)).toBe('machine_unknown');
    const revocation = { ...other, reason: 'unspecified', removeGateway: false } as const;
    expect(await outcomeOf(enrolments.revoke(revocation))).toBe('machine_unknown');
    expect(await enrolments.countEnrolments()).toEqual({});
    expect(await enrolments.countMachines()).toEqual({ active: 1 });
  });

  it('limits guesses of operators, and lets one whom the caller vouches for in', async () => {
    const world = new World();
    const { enrolments } = await world.process();
    const device = await new Device().begin(enrolments);
    const lookUp = (operator: typeof ANN, code = new Secret('BBBB-BBBB')) =>
      outcomeOf(enrolments.lookUp({ code, operator, address }));
    const strangers = Array.from({ length: 1_000 }, (_, n) => lookUp({ ...ANN, id: `stranger ${n}` }));
    expect(tally(await Promise.all(strangers))).toEqual({ code_unknown: 30, too_many_attempts: 970 });
    expect(await lookUp(ANN, device.begun.code)).toBe('too_many_attempts');
    expect(await lookUp(BOB, device.begun.code)).toBe('ok');
  });

  it('tells the observer what happened, and no secret', async () => {
    const world = new World({ platform: true });
    const { enrolments } = await world.process();
    const { begun, identity } = await enrolled(enrolments);
    expect(world.events.map(({ event }) => event)).toEqual(['begun', 'approved', 'redeemed']);
    const told = JSON.stringify(world.events);
    const { code, pollingSecret } = begun;
    for (const secret of [code, pollingSecret, identity.bootstrap!.externalKey, ANN.token!])
      expect(told).not.toContain(secret.reveal());
  });

  it('gives what is to be trusted', async () => {
    const { enrolments } = await new World().process();
    const { anchors } = await anAuthority();
    expect(enrolments.trustAnchors()).toEqual([anchors.current.at(-1)!.der]);
  });
});
