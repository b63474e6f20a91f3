import { X509Certificate, createPrivateKey, randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { failure } from './canned.js';
import { platform } from './platform.js';

const { certs, newUser, newDomain } = await platform();
const call = await newDomain((await newUser()).token);
const issue = (entityId = randomUUID()) =>
  certs.issue({ entityId, ttl: '24h', subject: { commonName: entityId, dnsNames: ['press-7.local'] } }, call);

describe('a certificate', () => {
  it('is issued with its key, and verified by the chain', async () => {
    const { certificate, key, serialNumber, entityId } = await issue();
    const x509 = new X509Certificate(certificate);
    expect(x509.checkPrivateKey(createPrivateKey(key.reveal()))).toBe(true);
    expect(x509.subject).toContain(entityId!);
    expect(x509.verify(new X509Certificate((await certs.viewCa()).certificate).publicKey)).toBe(true);
    expect(serialNumber).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2})+$/);
  });

  it('is viewed by its serial number, colons and all, and listed by entity', async () => {
    const issued = await issue();
    const { key: _, ...withoutKey } = issued;
    expect(await certs.view(issued.serialNumber, call)).toEqual(withoutKey);
    const page = await certs.list({ entityId: issued.entityId, limit: 0 }, call);
    expect(page).toMatchObject({ total: 1, items: [{ serialNumber: issued.serialNumber, revoked: false }] });
  });

  it('is made from a request', async () => {
    const pem = execFileSync(
      'openssl',
      'req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null -subj /CN=press-7'.split(
        ' ',
      ),
      { stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString();
    const made = await certs.issueFromCsr({ entityId: randomUUID(), csr: pem, ttl: '24h' }, call);
    expect(new X509Certificate(made.certificate).subject).toContain('press-7');
  });

  it('is renewed with another key, linked to nothing', async () => {
    const issued = await issue();
    const renewed = await certs.renew(issued.serialNumber, call);
    expect(renewed.serialNumber).not.toBe(issued.serialNumber);
    expect(renewed.entityId).toBeUndefined();
    const x509 = new X509Certificate(renewed.certificate);
    expect(x509.checkPrivateKey(createPrivateKey(renewed.key.reveal()))).toBe(true);
    expect(await certs.list({ entityId: issued.entityId }, call)).toMatchObject({ total: 1 });
  });

  it('is revoked, alone or with all of its entity', async () => {
    const issued = await issue();
    await certs.revoke(issued.serialNumber, call);
    expect(await certs.view(issued.serialNumber, call)).toMatchObject({ revoked: true });
    expect(await failure(certs.renew(issued.serialNumber, call))).toBe('conflict certificate_revoked');
    const entityId = randomUUID();
    const two = [await issue(entityId), await issue(entityId)];
    await certs.revokeAll(entityId, call);
    for (const { serialNumber } of two)
      expect(await certs.view(serialNumber, call)).toMatchObject({ revoked: true });
    expect(await failure(certs.revokeAll(entityId, call))).toBe('not_found certificate_not_found');
  });

  it('needs a common name', async () => {
    const request = certs.issue({ entityId: 'e', subject: { commonName: '' } }, call);
    expect(await failure(request)).toBe('invalid invalid_request');
  });

  it('is not issued to strangers, and that is said', async () => {
    const stranger = { ...call, token: (await newUser()).token };
    expect(await failure(certs.list({}, stranger))).toBe('forbidden forbidden');
  });
});

describe('the authority', () => {
  it('shows its chain, as text and as zip', async () => {
    expect((await certs.viewCa()).certificate).toMatch(/^-----BEGIN CERTIFICATE/);
    expect((await certs.downloadCa()).subarray(0, 2).toString()).toBe('PK');
  });

  it('shows what it revoked: CRL and OCSP are DER', async () => {
    const { serialNumber } = await issue();
    expect((await certs.crl())[0]).toBe(0x30);
    expect((await certs.ocsp({ serialNumber }))[0]).toBe(0x30);
  });

  it('says who it is', async () =>
    expect(await certs.health()).toMatchObject({ description: 'certs service' }));
});
