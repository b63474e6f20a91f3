import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { certificatePem, toPem } from '@org/x509';
import {
  ENROLL,
  type EstWorld,
  REENROLL,
  aKey,
  ask,
  base64,
  begin,
  certificatesIn,
  csrFor,
  enrolled,
  openEst,
  openssl,
} from './device.js';

let est: EstWorld;
beforeAll(async () => {
  est = await openEst();
});
afterAll(() => est.close());

describe('certificates', () => {
  it('of authorities are those that the authority serves, under any label', async () => {
    const { roots, intermediates } = est.app.server.authority!.served();
    const served = [...roots, ...intermediates].map(({ fingerprint }) => fingerprint).sort();
    for (const path of ['/.well-known/est/cacerts', '/.well-known/est/fieldbus/cacerts']) {
      const answer = await ask(est.app, path);
      expect(answer.status).toBe(200);
      expect(
        certificatesIn(answer)
          .map(({ fingerprint }) => fingerprint)
          .sort(),
      ).toEqual(served);
    }
  });

  it('are sent in the one form that all clients read: headers in capitals, base64 in lines', async () => {
    const { answer } = await enrolled(est);
    expect(answer.rawHeaders).toEqual(
      expect.arrayContaining([
        'Content-Type',
        'application/pkcs7-mime; smime-type=certs-only',
        'Content-Transfer-Encoding',
        'base64',
        'Content-Length',
      ]),
    );
    expect(answer.body).toMatch(/^(?:[A-Za-z\d+/]{64}\n)*[A-Za-z\d+/=]{1,64}\n$/);
  });

  it('for devices come alone, and name the machine whatever the request said', async () => {
    const { answer, certificate } = await enrolled(est);
    expect(certificatesIn(answer)).toHaveLength(1);
    const [machine] = (
      await est.app.server.enrolments!.listMachines({ domainId: est.world.domainId, offset: 0, limit: 1 })
    ).machines;
    expect(certificate.x509.subject).toBe(`CN=${machine!.id}`);
  });
});

describe('a request', () => {
  it('should be signed over SHA-256', async () => {
    const { status, headers, body } = await ask(est.app, '/.well-known/est/csrattrs');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/csrattrs');
    expect(openssl(body, 'asn1parse', '-inform', 'DER')).toMatch(/SEQUENCE[^\n]*\n[^\n]*OBJECT *:sha256\n$/);
  });

  it('is read in every form that clients send', async () => {
    const { csr, authorization, certificate } = await enrolled(est);
    const lines = base64(csr).replaceAll(/.{64}/g, '$&\n');
    const forms: readonly (string | Uint8Array)[] = [
      base64(csr),
      lines,
      `${lines.replaceAll('\n', '\r\n')}\r\n`,
      ` \n${base64(csr)}\n\n`,
      csr,
      toPem('CERTIFICATE REQUEST', csr),
      `a comment\n${toPem('NEW CERTIFICATE REQUEST', csr)}`,
    ];
    for (const body of forms)
      for (const type of ['application/pkcs10', 'application/x-www-form-urlencoded']) {
        const headers = { authorization, 'content-type': type, 'content-transfer-encoding': 'binary' };
        const [again] = certificatesIn(await ask(est.app, ENROLL, { body, headers }));
        expect(again!.fingerprint).toBe(certificate.fingerprint);
      }
  });

  it('waits for the approval', async () => {
    const { csr, authorization } = await begin(est);
    const answer = await ask(est.app, ENROLL, { body: base64(csr), headers: { authorization } });
    expect(answer).toMatchObject({ status: 202, body: 'no one has approved this device yet\n' });
    expect(answer.rawHeaders).toContain('Retry-After');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('renewing', () => {
  it('gives the same machine a certificate for another key', async () => {
    const { credentials, certificate } = await enrolled(est);
    const commonName = certificate.x509.subject.slice('CN='.length);
    const key = aKey();
    const same = await ask(est.app, REENROLL, {
      body: base64(await csrFor(key, commonName)),
      ...credentials,
    });
    const [renewed] = certificatesIn(same);
    expect(renewed!.x509.checkPrivateKey(key)).toBe(true);
    expect(renewed!.subject).toEqual(certificate.subject);
  });
});

describe('renewing with the same key', () => {
  it('gives a new certificate, and the same one to a client that asks again with the old one', async () => {
    const { credentials, certificate, key } = await enrolled(est);
    const commonName = certificate.x509.subject.slice('CN='.length);
    const body = base64(await csrFor(key, commonName));
    const renew = async (cert: string) => {
      const answer = await ask(est.app, REENROLL, { body, ...credentials, cert });
      expect(answer.status).toBe(200);
      return certificatesIn(answer)[0]!;
    };
    const first = await renew(credentials.cert);
    expect(first.fingerprint).not.toBe(certificate.fingerprint);
    expect(first.publicKey).toEqual(certificate.publicKey);
    expect((await renew(credentials.cert)).fingerprint).toBe(first.fingerprint);
    const second = await renew(certificatePem(first.der));
    expect(second.fingerprint).not.toBe(first.fingerprint);
  });
});

describe('EST', () => {
  it('is documented', async () => {
    const { paths } = JSON.parse((await ask(est.app, '/openapi.json')).body) as { paths: object };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([ENROLL, REENROLL, '/.well-known/est/{label}/cacerts']),
    );
  });
});
