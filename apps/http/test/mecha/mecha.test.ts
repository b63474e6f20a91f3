import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { createMechaClient } from '@org/device/mecha';
import { createTransport } from '@org/http-client';
import { type RunningApp, send, startApp } from '../app.js';
import { enrolmentEnvironment, makeKey, operator } from '../enrolment/setting.js';
import { MechaAgent } from './mecha-agent.js';

let app: RunningApp;
let behind: RunningApp | undefined;
let agent: MechaAgent;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_LEGACY_DEVICES: 'true' }));
});
beforeEach(() => {
  agent = new MechaAgent(app.url);
});
afterEach(async () => {
  await behind?.close();
  behind = undefined;
});
afterAll(() => app.close());

let count = 100;
const newCode = () => `AB7${++count}`;
const certificateOf = ({ files }: MechaAgent) => new X509Certificate(files.cert!);
const isRevoked = async (machineId: string, certificate: X509Certificate) => {
  const { body } = await operator(app).get(`machines/${machineId}`);
  const all = body['certificates'] as { serial: string; state: string }[];
  const serial = certificate.serialNumber.toLowerCase();
  return all.find((it) => it.serial.padStart(40, '0') === serial.padStart(40, '0'))!.state === 'revoked';
};

/** A device whose code was approved and that has its certificate. */
async function provisioned(): Promise<string> {
  const code = newCode();
  await expect(agent.provisionByCode(code)).rejects.toThrow('ParseResponseError');
  expect((await operator(app).approve(code)).status).toBe(200);
  await agent.provisionByCode(code);
  return certificateOf(agent).subject.replace('CN=', '');
}

describe('mecha-agent', () => {
  it('is told to keep polling until its code is approved, and is then provisioned', async () => {
    await agent.ping();
    const code = newCode();
    await expect(agent.provisionByCode(code)).rejects.toThrow('ParseResponseError');
    expect(agent.files.key).toBeUndefined();
    const { body: found } = await operator(app).lookUp(code);
    expect(found).toMatchObject({ binding: 'ticket', state: 'pending', origin: '127.0.0.1', device: {} });
    expect(found).not.toHaveProperty('key_fingerprint');
    await expect(agent.provisionByCode(code)).rejects.toThrow('ParseResponseError');
    const approved = await operator(app).post(`enrolments/${String(found['id'])}/approve`, {
      name: 'old press',
    });
    expect(approved.status).toBe(200);

    await agent.provisionByCode(code);
    const certificate = certificateOf(agent);
    expect(certificate.subject).toBe(`CN=${String(approved.body['machine_id'])}`);
    expect(certificate.checkPrivateKey(agent.files.key!.privateKey)).toBe(true);
    const [issuer] = (JSON.parse(agent.files.caBundle!) as string[]).map((pem) => new X509Certificate(pem));
    expect(certificate.verify(issuer!.publicKey)).toBe(true);
    expect(issuer!.verify(new X509Certificate(agent.files.root!).publicKey)).toBe(true);
    // The first block is all that is ever read.
    expect(agent.files.cert!.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
    expect(
      (await operator(app).get(`machines/${certificate.subject.replace('CN=', '')}`)).body,
    ).toMatchObject({ binding: 'ticket', name: 'old press', state: 'active' });
  });

  it('that lost an answer signs again with a new key, and the earlier certificate is revoked', async () => {
    const code = newCode();
    await agent.find(code).catch(() => undefined);
    await operator(app).approve(code);
    const manifest = await agent.find(code);
    await agent.sign(manifest['cert_sign_url']!, manifest['machine_id']!, 'Provision');
    const first = certificateOf(agent);
    await agent.provisionByCode(code);
    const second = certificateOf(agent);
    expect(second.checkPrivateKey(agent.files.key!.privateKey)).toBe(true);
    expect(await isRevoked(manifest['machine_id']!, first)).toBe(true);
    expect(await isRevoked(manifest['machine_id']!, second)).toBe(false);
    // The earlier ticket went with the earlier answer.
    await expect(
      agent.sign(manifest['cert_sign_url']!, manifest['machine_id']!, 'Provision'),
    ).rejects.toThrow('ParseResponseError');
    expect(await isRevoked(manifest['machine_id']!, second)).toBe(false);
  });

  it('keeps its certificate when someone else comes with its ticket', async () => {
    const code = newCode();
    await agent.find(code).catch(() => undefined);
    await operator(app).approve(code);
    const manifest = await agent.find(code);
    const [path, machineId] = [manifest['cert_sign_url']!, manifest['machine_id']!];
    await agent.sign(path, machineId, 'Provision');
    for (const address of ['127.0.0.1', '127.0.0.2']) {
      const thief = new MechaAgent(app.url, address);
      await expect(thief.sign(path, machineId, 'Provision')).rejects.toThrow('ParseResponseError');
      expect(thief.files.cert).toBeUndefined();
    }
    expect(await isRevoked(machineId, certificateOf(agent))).toBe(false);

    const body = {
      csr: await agent.files.key!.csr(machineId),
      machine_id: machineId,
      request_type: 'Provision',
    };
    const repeated = await send(app.url + path, { body });
    expect(repeated).toMatchObject({ status: 201, body: { payload: { cert: agent.files.cert } } });
  });

  it('is told apart by the address that its proxy names, where that is trusted', async () => {
    const environment = { MG_PROVISION_LEGACY_DEVICES: 'true', MG_PROVISION_TRUSTED_PROXIES: '127.0.0.1' };
    behind = await startApp(undefined, enrolmentEnvironment(environment));
    const { url } = behind;
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const code = newCode();
    const find = () =>
      send(`${url}/v1/provisioning/manifest/find?code=${code}`, {
        method: 'GET',
        ...from('192.0.2.7'),
      });
    await find();
    await operator(behind).approve(code);
    const { machine_id, cert_sign_url } = (await find()).body['payload'] as Record<string, string>;
    const csr = await makeKey('RSA-2048').csr(machine_id);
    const sign = (address: string) =>
      send(`${url}${cert_sign_url}`, {
        body: { csr, machine_id, request_type: 'Provision' },
        ...from(address),
      });
    expect(await sign('203.0.113.9')).toMatchObject({ status: 403, body: { errorCode: 'ticket_refused' } });
    expect((await sign('192.0.2.7')).status).toBe(201);
  });

  it('is given its ticket in an answer that no one keeps', async () => {
    const code = newCode();
    await agent.find(code).catch(() => undefined);
    await operator(app).approve(code);
    const answer = await fetch(`${app.url}/v1/provisioning/manifest/find?code=${code}`);
    expect(await answer.text()).toContain('ticket=');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('cannot be provisioned by a code that no device showed', async () => {
    const code = newCode();
    expect(await operator(app).lookUp(code)).toMatchObject({ status: 404, body: { code: 'code_unknown' } });
    await expect(agent.provisionByCode(code)).rejects.toThrow('ParseResponseError');
  });

  it('elsewhere does not get what another asked for', async () => {
    const code = newCode();
    await agent.find(code).catch(() => undefined);
    await operator(app).approve(code);
    const thief = new MechaAgent(app.url, '127.0.0.2');
    await expect(thief.provisionByCode(code)).rejects.toThrow('ParseResponseError');
    await agent.provisionByCode(code);
    expect(agent.files.cert).toBeDefined();
  });

  it('cannot sign without a ticket, for another machine, or with a request for another name', async () => {
    const machineId = await provisioned();
    for (const path of ['/v1/provisioning/cert/sign', '/cert-sign', '/cert-sign?ticket=guessed'])
      for (const kind of ['Provision', 'ReIssue'] as const)
        await expect(new MechaAgent(app.url).sign(path, machineId, kind)).rejects.toThrow(
          'ParseResponseError',
        );
    const code = newCode();
    await agent.find(code).catch(() => undefined);
    await operator(app).approve(code);
    const manifest = await agent.find(code);
    await expect(agent.sign(manifest['cert_sign_url']!, machineId, 'Provision')).rejects.toThrow(
      'ParseResponseError',
    );
    expect((await operator(app).get(`machines/${machineId}`)).body['certificates']).toHaveLength(1);
  });

  it('gets nothing more when the operator takes the approval back', async () => {
    const code = newCode();
    await agent.find(code).catch(() => undefined);
    const { body } = await operator(app).approve(code);
    const { cert_sign_url: path } = await agent.find(code);
    expect((await operator(app).post(`enrolments/${String(body['id'])}/deny`)).status).toBe(200);
    const machine_id = String(body['machine_id']);
    const csr = await makeKey('RSA-2048').csr(machine_id);
    expect(
      await send(app.url + path, { body: { csr, machine_id, request_type: 'Provision' } }),
    ).toMatchObject({
      status: 403,
      body: { errorCode: 'enrolment_denied', statusCode: 403, payload: null },
    });
    await expect(agent.provisionByCode(code)).rejects.toThrow('ParseResponseError');
  });

  it('re-issues with a new key once after an operator asked for it', async () => {
    const machineId = await provisioned();
    const first = certificateOf(agent);
    await operator(app).post(`machines/${machineId}/reissue`);
    await agent.sign('/cert-sign', machineId, 'ReIssue');
    const second = certificateOf(agent);
    expect(second.serialNumber).not.toBe(first.serialNumber);
    expect(await isRevoked(machineId, first)).toBe(true);
    await expect(new MechaAgent(app.url).sign('/cert-sign', machineId, 'ReIssue')).rejects.toThrow();
    expect(await isRevoked(machineId, second)).toBe(false);
  });

  it('finds no messaging, and nothing that it could take for a nonce', async () => {
    for (const path of ['/v1/messaging/get_nonce', '/v1/auth/get_nonce', '/v1/messaging/issue_token']) {
      const answer = await send(`${app.url}${path}`, { body: {} });
      expect(answer).toMatchObject({
        status: 404,
        body: { payload: null, errorCode: 'messaging_not_offered', statusCode: 404 },
      });
    }
  });
});

describe("this wire's refusals", () => {
  const envelope = (statusCode: number, errorCode: string) => ({
    success: false,
    status: 'error',
    statusCode,
    message: expect.any(String),
    errorCode,
    subErrors: null,
    payload: null,
  });

  it('are envelopes without a payload, with the status in the status', async () => {
    const find = (query: string) =>
      send(`${app.url}/v1/provisioning/manifest/find${query}`, { method: 'GET' });
    expect(await find(`?code=${newCode()}`)).toMatchObject({
      status: 404,
      body: envelope(404, 'code_not_claimed'),
    });
    for (const query of ['', '?code=', '?code=abcdef', '?code=ABCDEFG', '?code=ABC123&code=ABC124'])
      expect(await find(query)).toMatchObject({
        status: 400,
        body: { ...envelope(400, 'code_malformed'), subErrors: 'code' },
      });
    const sign = (body: object | string) => send(`${app.url}/cert-sign`, { body });
    expect(await sign('{')).toMatchObject({ status: 400, body: envelope(400, 'invalid_json') });
    expect(await sign({ csr: 'x', machine_id: 'm', request_type: 'Steal' })).toMatchObject({
      status: 400,
      body: { ...envelope(400, 'invalid_field'), subErrors: 'request_type' },
    });
    const noRequest = { csr: 'x', machine_id: 'm', request_type: 'Provision' };
    expect(await send(`${app.url}/cert-sign?ticket=guessed`, { body: noRequest })).toMatchObject({
      status: 400,
      body: { ...envelope(400, 'csr_not_pem'), subErrors: 'csr' },
    });
    expect(await sign(noRequest)).toMatchObject({
      status: 403,
      body: envelope(403, 'ticket_refused'),
    });
  });

  it('come with Retry-After where there were too many questions', async () => {
    const busy = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_LEGACY_DEVICES: 'true' }));
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        send(`${busy.url}/v1/provisioning/manifest/find?code=${String(100_000 + index)}`, { method: 'GET' }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(80);
    expect(refused[0]!.body).toMatchObject({ success: false, payload: null, statusCode: 429 });
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    await busy.close();
  });
});

describe('a newer agent on this wire', () => {
  it('is provisioned too', async () => {
    const transport = createTransport();
    const client = createMechaClient({ transport, serverUrl: app.url });
    await client.ping();
    const begun = { code: newCode(), lifetimeMs: 60_000, intervalMs: 1 };
    expect(await client.poll(begun)).toEqual({ state: 'pending' });
    await operator(app).approve(begun.code);
    expect(await client.poll(begun)).toMatchObject({ state: 'approved' });
    await transport.close();
  });
});

it('tells no one a code or a ticket: no log, no metric, no error', async () => {
  const code = newCode();
  await agent.find(code).catch(() => undefined);
  await operator(app).approve(code);
  await agent.provisionByCode(code);
  await agent.sign(`/cert-sign?ticket=${'t1cket'.repeat(5)}`, 'm', 'Provision').catch(() => undefined);
  const unreadable = await send(`${app.url}/v1/provisioning/manifest/find/%zz?code=${code}`, {
    method: 'GET',
    headers: { 'x-request-id': 'unreadable-1' },
  });
  await send(`${app.url}/nowhere?code=${code}`, { method: 'GET' });
  const { text } = (await send(`${app.url}/metrics`, { method: 'GET' })).body as { text: string };
  const written = app.log.join('') + text + JSON.stringify(unreadable.body);
  const tickets = agent.called.flatMap((url) => new URL(url).searchParams.get('ticket') ?? []);
  expect(tickets).toHaveLength(2);
  for (const secret of [code, ...tickets]) expect(written).not.toContain(secret);
  for (const logged of ['/v1/provisioning/manifest/find', 'unreadable-1']) expect(written).toContain(logged);
});
