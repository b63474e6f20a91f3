import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { Secret } from '@org/domain';
import type { provisioning } from '@org/proto';
import { type RunningApp, startApp } from './support/app.js';
import { ANN, type Clients, Opened, approve, ask, csrOf, enrol, newKey, refusal } from './support/device.js';

const opened = new Opened();
let app: RunningApp;
let strict: RunningApp;
beforeAll(async () => {
  app = await startApp({ MG_PROVISION_LEGACY_DEVICES: 'true' });
  strict = await startApp();
});
afterEach(() => opened.close());
afterAll(async () => {
  await app.close();
  await strict.close();
});

const generateCode = (clients: Clients) =>
  ask<provisioning.ProvisioningCodeResponse>((done) => clients.provisioning.generateCode({}, done));
const provisionByCode = (clients: Clients, code: string) =>
  ask<provisioning.ProvisioningStatusResponse>((done) =>
    clients.provisioning.provisionByCode({ code }, done),
  );

describe("mecha-agent's service", () => {
  it('makes a code, says "keep polling" in the words that screens know, and then success', async () => {
    const screen = opened.connect(app);
    const { code } = await generateCode(screen);
    expect(code).toMatch(/^[A-Z0-9]{6}$/);
    expect(await refusal(provisionByCode(screen, code))).toMatchObject({
      status: 'UNKNOWN',
      text: expect.stringMatching(/^ProvisioningErrorCodes: ParseResponseError - /),
      reason: 'enrolment_pending',
    });
    await approve(app, code);
    expect(await provisionByCode(screen, code)).toEqual({ success: true });
  });

  it('leaves the device the ticket that it fetched before the screen asked', async () => {
    const screen = opened.connect(app);
    const { code } = await generateCode(screen);
    const { machineId } = await approve(app, code);
    const enrolments = app.server.enrolments!;
    const asked = await enrolments.ask({ code: new Secret(code!), address: '127.0.0.1' });
    if (asked.state !== 'approved') throw new Error(asked.state);
    expect(await provisionByCode(screen, code!)).toEqual({ success: true });
    const csr = await csrOf(newKey(), machineId);
    const sign = { ticket: asked.ticket, csr, machineId: machineId!, address: '127.0.0.1' };
    const { certificate } = await enrolments.sign({ ...sign, requestType: 'Provision' });
    expect(new X509Certificate(certificate).subject).toContain(machineId);
  });

  it('lets a screen poll on whatever the code is, as a device would that reads no refusal', async () => {
    const screen = opened.connect(app);
    for (const code of ['', 'ABC', 'häh???', 'A'.repeat(10_000), '\u0000'])
      expect(await refusal(provisionByCode(screen, code))).toMatchObject({
        status: 'UNKNOWN',
        text: expect.stringMatching(/^ProvisioningErrorCodes: ParseResponseError - /),
        reason: 'code_malformed',
      });
  });

  it('makes no codes unless legacy devices are let in', async () => {
    const screen = opened.connect(strict);
    expect(await refusal(generateCode(screen))).toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'legacy_devices_off',
    });
    expect(await refusal(provisionByCode(screen, 'ABC123'))).toMatchObject({
      status: 'UNKNOWN',
      reason: 'legacy_devices_off',
    });
  });

  it('lets a machine give its identity up, by its certificate', async () => {
    const { key, certificate, machineId } = await enrol(app, opened.connect(app));
    const nobody = opened.connect(app);
    const deprovision = ({ provisioning }: Clients) =>
      ask<provisioning.DeProvisioningStatusResponse>((done) => provisioning.deprovision({}, done));
    expect(await refusal(deprovision(nobody))).toMatchObject({
      status: 'UNAUTHENTICATED',
      text: expect.stringMatching(/^ProvisioningErrorCodes: UnauthorizedError - /),
      reason: 'client_certificate_required',
    });
    const mine = opened.connect(app, { key, certificate });
    expect(await deprovision(mine)).toEqual({ success: true });
    const machine = await app.server.enrolments!.findMachine({ id: machineId, domainId: 'plant' });
    expect(machine.state).toBe('revoked');
    expect(await refusal(deprovision(mine))).toMatchObject({
      text: expect.stringMatching(/^ProvisioningErrorCodes: DeprovisioningError - /),
      reason: 'certificate_revoked',
    });
  });

  it('does not approve a code that no device showed', async () => {
    const code = new Secret('ZZZZZZ');
    const lookUp = app.server.enrolments!.lookUp({ code, operator: ANN, address: '198.51.100.1' });
    await expect(lookUp).rejects.toMatchObject({ code: 'code_unknown' });
  });
});
