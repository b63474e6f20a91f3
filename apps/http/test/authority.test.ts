import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertDescribed } from './described.js';
import { type RunningApp, type World, agentLayout, gateway, openWorld, send, startApp } from './app.js';

let world: World;
let app: RunningApp;
let folder: string;
const file = (name: string) => join(folder, name);
const openssl = (...args: string[]) =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
const environment = () => ({
  MG_PROVISION_X509_PROVISIONING: 'true',
  MG_PROVISION_CERTS_BACKEND: 'builtin',
  MG_PROVISION_CERTS_HOURS_VALID: '720h',
  MG_PROVISION_CERTS_URL: 'http://127.0.0.1:9',
  MG_PROVISION_AUTHORITY_PATH: file('authority'),
  MG_PROVISION_AUTHORITY_URL: 'http://ca.example.org',
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provision-authority-'));
  world = await openWorld();
  app = await startApp(world.emulator, environment(), agentLayout());
});
afterAll(async () => {
  await app.close();
  await world.close();
  rmSync(folder, { recursive: true });
});

const fetchBytes = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${app.url}${path}`, init);
  await assertDescribed(response.url, { method: init.method ?? 'GET', status: response.status });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
};

/** Provisions a gateway and leaves what it got in files. */
async function provisioned(name: string): Promise<string> {
  const { status, body } = await send(`${app.url}/${world.domainId}/mapping`, {
    token: world.tokens.owner,
    body: gateway(),
  });
  expect(status).toBe(201);
  const made = body as {
    client_cert: Record<string, string>;
    client_key: Record<string, string>;
    ca_cert: string;
  };
  const [[clientId, certificate]] = Object.entries(made.client_cert) as [[string, string]];
  writeFileSync(file(`${name}.pem`), certificate);
  writeFileSync(file(`${name}.key`), made.client_key[clientId]!);
  writeFileSync(file('ca.pem'), made.ca_cert);
  return clientId;
}

describe('a gateway provisioned with the built-in authority', () => {
  it('gets a certificate that openssl accepts, for the key it gets', async () => {
    const clientId = await provisioned('gw');
    expect(
      openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', 'ca.pem', 'gw.pem'),
    ).toContain('OK');
    const text = openssl('x509', '-in', 'gw.pem', '-noout', '-text');
    expect(text).toContain(`CN = ${clientId}`);
    expect(text).toContain(`URI:urn:provision:machine:${clientId}`);
    expect(text).toMatch(/URI:http:\/\/ca\.example\.org\/crl\/[\da-f]{40}/);
    expect(text).toContain('OCSP - URI:http://ca.example.org/ocsp');
    const keyOf = (...args: string[]) => openssl(...args, '-pubout');
    expect(openssl('x509', '-in', 'gw.pem', '-noout', '-pubkey')).toBe(keyOf('pkey', '-in', 'gw.key'));
  });

  it('is served what to trust, as PEM and as DER, for an hour', async () => {
    const pem = await fetchBytes('/v1/ca');
    expect(pem.headers.get('cache-control')).toBe('public, max-age=3600');
    writeFileSync(file('served.pem'), pem.bytes);
    await provisioned('gw2');
    expect(openssl('verify', '-CAfile', 'served.pem', 'gw2.pem')).toContain('OK');
    const der = await fetchBytes('/v1/ca', { headers: { accept: 'application/pkix-cert' } });
    expect(der.headers.get('content-type')).toContain('application/pkix-cert');
    expect(der.bytes).toEqual((await fetchBytes('/v1/ca.cer')).bytes);
    writeFileSync(file('issuer.der'), der.bytes);
    expect(openssl('x509', '-inform', 'DER', '-in', 'issuer.der', '-noout', '-subject')).toContain(
      'Provision Devices',
    );
  });

  it('is good until it is revoked, in the OCSP answer and in the CRL', async () => {
    await provisioned('gw3');
    const [issuer] = /-----BEGIN[\s\S]+?-----END CERTIFICATE-----/.exec(
      readFileSync(file('ca.pem'), 'utf8'),
    )!;
    writeFileSync(file('issuer.pem'), issuer);
    openssl('ocsp', '-issuer', 'issuer.pem', '-cert', 'gw3.pem', '-no_nonce', '-reqout', 'req.der');
    const ask = async (how: 'GET' | 'POST') => {
      const request = readFileSync(file('req.der'));
      const answer =
        how === 'POST'
          ? await fetchBytes('/ocsp', {
              method: 'POST',
              headers: { 'content-type': 'application/ocsp-request' },
              body: request,
            })
          : await fetchBytes(`/ocsp/${encodeURIComponent(request.toString('base64'))}`);
      writeFileSync(file('resp.der'), answer.bytes);
      const said = openssl(
        'ocsp',
        '-issuer',
        'issuer.pem',
        '-cert',
        'gw3.pem',
        '-no_nonce',
        '-respin',
        'resp.der',
        '-CAfile',
        'ca.pem',
      );
      return { said, headers: answer.headers };
    };
    expect((await ask('POST')).said).toContain('gw3.pem: good');
    const cached = await ask('GET');
    expect(cached.said).toContain('gw3.pem: good');
    expect(cached.headers.get('cache-control')).toMatch(
      /^public, max-age=\d+, no-transform, must-revalidate$/,
    );
    openssl('ocsp', '-issuer', 'issuer.pem', '-cert', 'gw3.pem', '-reqout', 'nonce.der');
    const fresh = await fetchBytes(
      `/ocsp/${encodeURIComponent(readFileSync(file('nonce.der')).toString('base64'))}`,
    );
    expect(fresh).toMatchObject({ status: 200 });
    expect(fresh.headers.get('cache-control')).toBeNull();

    const serial = openssl('x509', '-in', 'gw3.pem', '-noout', '-serial')
      .trim()
      .replace('serial=', '')
      .toLowerCase();
    await app.server.authority!.issuer.revoke(serial, 'keyCompromise');
    expect((await ask('POST')).said).toContain('gw3.pem: revoked');
    const crl = await fetchBytes('/crl');
    expect(crl.headers.get('content-type')).toContain('application/pkix-crl');
    expect(crl.headers.get('cache-control')).toMatch(/^public, max-age=3600,/);
    expect(Date.parse(crl.headers.get('expires')!)).toBeLessThanOrEqual(Date.now() + 3_600_000);
    const [, named] = /URI:http:\/\/ca\.example\.org(\/crl\/[\da-f]{40})/.exec(
      openssl('x509', '-in', 'gw3.pem', '-noout', '-text'),
    )!;
    expect((await fetchBytes(named!)).bytes).toEqual(crl.bytes);
    writeFileSync(file('crl.der'), crl.bytes);
    openssl('crl', '-inform', 'DER', '-in', 'crl.der', '-out', 'crl.pem');
    const check = (name: string) =>
      openssl('verify', '-crl_check', '-CRLfile', 'crl.pem', '-CAfile', 'ca.pem', name);
    expect(() => check('gw3.pem')).toThrow(/certificate revoked/);
    expect(check('gw.pem')).toContain('OK');
  });

  it('has its certificate revoked when provisioning fails', async () => {
    const { store } = app.server.authority!;
    const before = (await store.list({ state: 'revoked' })).records.length;
    world.emulator.faults.add({ operation: 'bootstrap.enable_config', action: 'refuse', times: null });
    const failed = await send(`${app.url}/${world.domainId}/mapping`, {
      token: world.tokens.owner,
      body: gateway(),
    });
    world.emulator.faults.clear();
    expect(failed).toMatchObject({ status: 503, body: { leftovers: [] } });
    expect((await store.list({ state: 'revoked' })).records).toHaveLength(before + 1);
  });

  it('can have further certificates by POST /cert', async () => {
    const clientId = await provisioned('gw4');
    const answer = await send(`${app.url}/${world.domainId}/cert`, {
      token: world.tokens.owner,
      body: { client_id: clientId, ttl: '2h' },
    });
    expect(answer.status).toBe(201);
    writeFileSync(file('further.pem'), answer.body['certificate'] as string);
    expect(openssl('verify', '-CAfile', 'ca.pem', 'further.pem')).toContain('OK');
    const tooLong = { client_id: clientId, ttl: '9000h' };
    expect(
      (await send(`${app.url}/${world.domainId}/cert`, { token: world.tokens.owner, body: tooLong })).status,
    ).toBe(400);
  });
});

describe('the authority', () => {
  it('answers nonsense as OCSP and HTTP say', async () => {
    const answer = await fetchBytes('/ocsp', { method: 'POST', body: Buffer.alloc(16_000, 7) });
    expect(answer.status).toBe(200);
    // OCSPResponse with the status malformedRequest (RFC 6960 4.2.1), and nothing else.
    expect(answer.bytes.toString('hex')).toBe('30030a0101');
    expect((await fetchBytes('/ocsp/%00')).status).toBe(200);
    const large = await fetchBytes('/ocsp', { method: 'POST', body: Buffer.alloc(100_000, 7) });
    expect(large.status).toBe(413);
    expect((await fetchBytes(`/crl/${'0'.repeat(40)}`)).status).toBe(404);
  });

  it('keeps its keys to itself, and is the same after a restart', async () => {
    const before = (await fetchBytes('/v1/ca')).bytes;
    const again = await startApp(world.emulator, environment(), agentLayout());
    expect(Buffer.from(await (await fetch(`${again.url}/v1/ca`)).arrayBuffer())).toEqual(before);
    await again.close();
    expect(statSync(file('authority')).mode & 0o077).toBe(0);
    const keys = execFileSync('find', [file('authority'), '-name', '*.key', '-perm', '600'], {
      encoding: 'utf8',
    });
    expect(keys.trim().split('\n')).toHaveLength(2);
  });

  it('is not there where Magistrala issues', async () => {
    const other = await startApp(world.emulator);
    expect((await fetch(`${other.url}/v1/ca`)).status).toBe(404);
    await other.close();
  });
});
