import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { type Server as HttpsServer, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TLSSocket, connect } from 'node:tls';
import { exportPrivateKey } from '@org/x509';
import type { Server } from '@org/server';
import { serveTls } from '../../src/tls/serve-tls.js';
import { type RunningApp, startApp } from '../app.js';
import { ADA, DOMAIN, enrolmentEnvironment, makeKey } from '../enrolment/setting.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp(
    undefined,
    enrolmentEnvironment({ MG_PROVISION_HTTP_TLS: 'builtin', MG_PROVISION_LEGACY_DEVICES: 'true' }),
  );
});
afterAll(() => app.close());

/** What a server shows in its handshake, leaf first. */
async function handshake(port: number, options: object = {}) {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  const chain = [socket.getPeerX509Certificate()!];
  for (let next = chain[0]!.issuerCertificate; next && next !== chain.at(-1); next = next.issuerCertificate)
    chain.push(next);
  const { authorized } = socket;
  socket.destroy();
  return { chain, authorized };
}

const port = () => Number(new URL(app.url).port);

interface Asked {
  readonly ca: string;
  readonly body?: object;
  readonly token?: string;
  readonly key?: string;
  readonly cert?: string;
}

/** One request over TLS. */
function ask(path: string, { body, token, ...options }: Asked) {
  return new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const sent = request(
      `${app.url}${path}`,
      { method: body ? 'POST' : 'GET', headers, agent: false, ...options },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () => resolve({ status: answer.statusCode!, body: JSON.parse(text || '{}') }));
      },
    );
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

describe('HTTPS with a certificate of the built-in authority', () => {
  it('shows a chain up to the root, which is enough to verify with from then on', async () => {
    expect(app.url).toMatch(/^https:/);
    const { chain } = await handshake(port());
    const root = chain.at(-1)!;
    expect(root.checkIssued(root)).toBe(true);
    expect((await handshake(port(), { ca: root.toString(), rejectUnauthorized: true })).authorized).toBe(
      true,
    );
    expect((await ask('/v1/ping', { ca: root.toString() })).status).toBe(200);
    expect(chain[0]!.subjectAltName).toContain('IP Address:127.0.0.1');
    expect(chain[0]!.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('takes connections without a client certificate, and with any: who it is, is not for TLS to judge', async () => {
    const ca = (await handshake(port())).chain.at(-1)!.toString();
    const key = makeKey();
    const begun = await ask('/v1/enrolments', { ca, body: { csr: await key.csr() } });
    const { code, polling_secret } = begun.body;
    const asAda = { ca, token: ADA };
    const { body: found } = await ask(`/${DOMAIN}/enrolments/lookup`, { ...asAda, body: { code } });
    await ask(`/${DOMAIN}/enrolments/${String(found['id'])}/approve`, { ...asAda, body: { name: 'press' } });
    const redeemed = await ask('/v1/enrolments/redeem', {
      ca,
      body: { polling_secret, csr: await key.csr() },
    });
    const own = {
      key: exportPrivateKey(key.privateKey).reveal(),
      cert: String(redeemed.body['certificate']),
    };
    expect((await ask('/v1/ping', { ca, ...own })).status).toBe(200);
    const elsewhere = await startApp(undefined, enrolmentEnvironment());
    const { certificate, key: other } = await elsewhere.server.authority!.serverCertificate({ names: ['x'] });
    expect((await ask('/v1/ping', { ca, cert: certificate, key: other.reveal() })).status).toBe(200);
    await elsewhere.close();
  });
});

describe('the certificate', () => {
  it('is replaced in time, for new connections, and a failure to do so is tried again', async () => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'Date'],
    });
    const { authority, enrolments, config, metrics } = app.server;
    let renewAt = 0;
    let failing = true;
    const errors: unknown[] = [];
    const server = {
      config,
      enrolments,
      metrics,
      logger: { error: (facts: unknown) => errors.push(facts) },
      authority: {
        servedPem: () => authority!.servedPem(),
        async serverCertificate({ names }: { names: readonly string[] }) {
          if (renewAt > 0 && failing) throw new Error('the store does not answer');
          // Another name makes another certificate of it before the first one is to be renewed.
          const wanted = { names: [...names, `until-${renewAt === Infinity}.example`] };
          return { ...(await authority!.serverCertificate(wanted)), renewAt };
        },
      },
    } as unknown as Server;
    const tls = (await serveTls(server))!;
    const listening: HttpsServer = createServer(tls.options).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const serial = async () =>
      (await handshake((listening.address() as AddressInfo).port)).chain[0]!.serialNumber;
    const first = await serial();
    tls.keepFresh(listening);
    renewAt = 1;
    jest.advanceTimersByTime(60_000);
    while (errors.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await serial()).toBe(first);
    failing = false;
    renewAt = Infinity;
    jest.advanceTimersByTime(60_000);
    let now = await serial();
    while (now === first) now = await serial();
    tls.close();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
    listening.close();
  });
});
