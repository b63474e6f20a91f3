import { X509Certificate, createPrivateKey } from 'node:crypto';
import { unzipSync } from 'fflate';
import { BasicOCSPResponse, Certificate, CertificateRevocationList, OCSPRequest, OCSPResponse } from 'pkijs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { makeCsr } from './support/csr.js';
import { message } from './support/http.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const CERTS = '/{domain}/certs';

interface Issued {
  readonly serial_number: string;
  readonly certificate: string;
  readonly key?: string;
  readonly expiry_time: string;
}

const post = (path: string, json: unknown) => bench.asOwner('certs', 'POST', `${CERTS}/${path}`, { json });
const on = (method: string, path: string) => bench.asOwner('certs', method, `${CERTS}/${path}`);
const issue = async (entityId: string, more: object = {}) => {
  const answer = await post(`issue/${entityId}`, { options: { common_name: entityId }, ttl: '24h', ...more });
  if (answer.status === 201)
    bench.later('certs', 'PATCH', `${CERTS}/${answer.read<Issued>().serial_number}/revoke`);
  return answer;
};
const chain = async () => {
  const { certificate } = (await bench.call('certs', 'GET', '/certs/view-ca')).read<Issued>();
  return (certificate.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
};

describe('issuing (wire §5.2)', () => {
  it('makes key and certificate, and signs with the published chain', async () => {
    const entity = fresh('e');
    const options = { common_name: entity, organization: ['Plant'], dns_names: ['press.local'] };
    const answer = await issue(entity, { options, ip_addresses: ['10.0.0.7'] });
    expect(answer.status).toBe(201);
    const { serial_number, certificate, key, expiry_time } = answer.read<Issued>();
    expect(answer.json).toMatchObject({ revoked: false, entity_id: entity });
    const x509 = new X509Certificate(certificate);
    expect(x509.checkPrivateKey(createPrivateKey(key!))).toBe(true);
    // OpenBao takes all but the common name from its role, and ignores it in requests.
    expect(x509.subject).toBe(`CN=${entity}`);
    expect(x509.subjectAltName).toContain('DNS:press.local');
    expect(x509.subjectAltName).toContain('IP Address:10.0.0.7');
    expect(serial_number).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2})+$/);
    expect(serial_number.replaceAll(':', '').toUpperCase()).toBe(x509.serialNumber);
    expect(Date.parse(x509.validTo)).toBe(Date.parse(expiry_time));
    const [intermediate, root] = await chain();
    expect(x509.checkIssued(intermediate!)).toBe(true);
    expect(x509.verify(intermediate!.publicKey)).toBe(true);
    if (root) expect(intermediate!.verify(root.publicKey)).toBe(true);
  });

  it('wants a common name, and JSON, whatever its declared type', async () => {
    for (const json of [
      {},
      { options: { common_name: '' } },
      { ip_addresses: null, ttl: '', options: null },
    ]) {
      const answer = await post(`issue/${fresh('e')}`, json);
      expect([answer.status, answer.text]).toStrictEqual([400, message('malformed entity specification')]);
    }
    for (const body of ['', '{', '{"options":{"common_name":"x"}} trailing', '{"ttl":1}']) {
      const answer = await bench.asOwner('certs', 'POST', `${CERTS}/issue/e`, {
        body,
        type: 'application/json',
      });
      expect([answer.status, answer.text]).toStrictEqual([400, message('invalid request')]);
    }
    const body = JSON.stringify({ options: { common_name: 'x' } });
    const plain = await bench.asOwner('certs', 'POST', `${CERTS}/issue/${fresh('e')}`, {
      body,
      type: 'text/plain',
    });
    expect(plain.status).toBe(201);
    bench.later('certs', 'PATCH', `${CERTS}/${plain.read<Issued>().serial_number}/revoke`);
  });

  it('cuts lifetimes at 720 hours, and refuses what is none', async () => {
    const hours = async (ttl: string) => {
      const { expiry_time } = (await issue(fresh('e'), { ttl })).read<Issued>();
      return Math.round((Date.parse(expiry_time) - Date.now()) / 3600e3);
    };
    expect(await hours('24h')).toBe(24);
    expect(await hours('7200')).toBe(2);
    expect(await hours('2400h')).toBe(720);
    const bad = await issue(fresh('e'), { ttl: 'soon' });
    expect([bad.status, bad.text]).toStrictEqual([422, message('failed to create certificate')]);
    expect((await issue(fresh('e'), { ip_addresses: ['nonsense'] })).status).toBe(422);
  });

  it('answers a lacking permission with 500 and a message, an unknown domain with 422', async () => {
    const json = { options: { common_name: 'x' } };
    const forbidden = await bench.call('certs', 'POST', `${CERTS}/issue/e`, {
      token: bench.stranger.token,
      json,
    });
    expect([forbidden.status, forbidden.text]).toStrictEqual([
      500,
      message('failed to perform authorization over the entity'),
    ]);
    const domain = crypto.randomUUID();
    const unknown = await bench.asOwner('certs', 'POST', `/${domain}/certs/issue/e`, { json });
    expect([unknown.status, unknown.text]).toStrictEqual([422, message('entity not found')]);
  });
});

describe('certificates from requests (wire §5.3)', () => {
  const sign = async (json: unknown, query = '') => {
    const answer = await post(`csrs/${fresh('e')}${query}`, json);
    if (answer.status === 200)
      bench.later('certs', 'PATCH', `${CERTS}/${answer.read<Issued>().serial_number}/revoke`);
    return answer;
  };

  it('certifies the key of the request, with 200 and no private key', async () => {
    const { pem, publicKey } = await makeCsr('press-7', ['press.local']);
    const answer = await sign({ csr: Buffer.from(pem).toString('base64') }, '?ttl=2h');
    expect(answer.status).toBe(200);
    const { certificate, key } = answer.read<Issued>();
    expect(key).toBeUndefined();
    const x509 = new X509Certificate(certificate);
    expect(x509.subject).toContain('CN=press-7');
    expect(x509.subjectAltName).toContain('DNS:press.local');
    expect(x509.publicKey.equals(publicKey)).toBe(true);
    expect(x509.verify((await chain())[0]!.publicKey)).toBe(true);
  });

  it('tells a missing request, text that is not base64 and nonsense apart', async () => {
    expect((await sign({})).text).toBe(message('malformed entity specification'));
    expect((await sign({ csr: '***' })).text).toBe(message('invalid request'));
    const nonsense = await sign({ csr: Buffer.from('nonsense').toString('base64') });
    expect([nonsense.status, nonsense.text]).toStrictEqual([422, message('failed to create certificate')]);
  });

  it('has a way in for services, with a secret', async () => {
    const { pem } = await makeCsr('agent', []);
    const json = { csr: Buffer.from(pem).toString('base64') };
    const internal = (token?: string) =>
      bench.call('certs', 'POST', `/certs/csrs/${fresh('e')}`, { json, ...(token && { token }) });
    const good = await internal(bench.target.certsSecret);
    expect(good.status).toBe(200);
    bench.later('certs', 'PATCH', `${CERTS}/${good.read<Issued>().serial_number}/revoke`);
    expect((await internal('wrong')).status).toBe(400);
    expect((await internal()).status).toBe(500);
  });
});

describe('viewing, listing, renewing (wire §5.3)', () => {
  it('shows no key, and reads serial numbers with raw colons only', async () => {
    const entity = fresh('e');
    const { serial_number: serial, certificate, expiry_time } = (await issue(entity)).read<Issued>();
    const answer = await on('GET', serial);
    expect([answer.status, answer.json]).toStrictEqual([
      200,
      { serial_number: serial, certificate, revoked: false, expiry_time, entity_id: entity },
    ]);
    const encoded = await on('GET', encodeURIComponent(serial));
    expect([encoded.status, encoded.text]).toStrictEqual([422, message('view entity failed')]);
    expect((await on('GET', '00:11')).text).toBe(message('view entity failed'));
  });

  it('lists an entity newest first, without PEM', async () => {
    const entity = fresh('e');
    const serials: string[] = [];
    for (let at = 0; at < 3; at++) serials.unshift((await issue(entity)).read<Issued>().serial_number);
    const all = await on('GET', `?entity_id=${entity}&limit=0`);
    expect(all.json).toMatchObject({
      total: 3,
      certificates: serials.map((serial_number) => ({ serial_number })),
    });
    expect(all.text).not.toContain('BEGIN');
    const page = await on('GET', `?entity_id=${entity}&offset=1&limit=1`);
    expect(page.json).toMatchObject({
      total: 3,
      offset: 1,
      limit: 1,
      certificates: [{ serial_number: serials[1] }],
    });
    const past = await on('GET', `?entity_id=${entity}&offset=9`);
    expect(past.json).toStrictEqual({ total: 0, offset: 9, limit: 10 });
    expect((await on('GET', `?entity_id=${fresh('none')}`)).json).toStrictEqual({ total: 0, limit: 10 });
  });

  it('refuses a bad query', async () => {
    const answer = await on('GET', '?limit=x');
    expect([answer.status, answer.text]).toStrictEqual([400, message('invalid query parameters')]);
  });

  it('renews into base64, with a new key, unknown to the entity; the old one stays good', async () => {
    const entity = fresh('e');
    const { serial_number: old } = (await issue(entity)).read<Issued>();
    const answer = await on('PATCH', `${old}/renew`);
    expect(answer.status).toBe(200);
    const { certificate: renewed } = answer.read<{
      certificate: Issued & { entity_id: string; type: number };
    }>();
    bench.later('certs', 'PATCH', `${CERTS}/${renewed.serial_number}/revoke`);
    expect(renewed).toMatchObject({ revoked: false, entity_id: '', type: 0 });
    const pem = Buffer.from(renewed.certificate, 'base64').toString();
    const x509 = new X509Certificate(pem);
    expect(x509.subject).toContain(`CN=${entity}`);
    expect(x509.checkPrivateKey(createPrivateKey(Buffer.from(renewed.key!, 'base64').toString()))).toBe(true);
    expect(Math.round((Date.parse(renewed.expiry_time) - Date.now()) / 3600e3)).toBe(720);
    expect((await on('GET', old)).json).toMatchObject({ revoked: false });
    expect((await on('GET', `?entity_id=${entity}`)).json).toMatchObject({ total: 1 });
    expect((await on('GET', renewed.serial_number)).text).not.toContain('entity_id');
  });

  it('renews neither what is unknown nor what is revoked', async () => {
    const unknown = await on('PATCH', '00:11/renew');
    expect([unknown.status, unknown.text]).toStrictEqual([422, message('view entity failed')]);
    const { serial_number: serial } = (await issue(fresh('e'))).read<Issued>();
    await on('PATCH', `${serial}/revoke`);
    const revoked = await on('PATCH', `${serial}/renew`);
    expect([revoked.status, revoked.text]).toStrictEqual([
      401,
      message('certificate has been revoked and cannot be renewed'),
    ]);
  });
});

describe('revoking (wire §5.1)', () => {
  it('revokes one, as often as one likes', async () => {
    const entity = fresh('e');
    const { serial_number: serial } = (await issue(entity)).read<Issued>();
    for (const answer of [await on('PATCH', `${serial}/revoke`), await on('PATCH', `${serial}/revoke`)]) {
      expect([answer.status, answer.text]).toStrictEqual([204, '']);
    }
    expect((await on('GET', serial)).json).toMatchObject({ revoked: true });
    expect((await on('GET', `?entity_id=${entity}`)).json).toMatchObject({
      certificates: [{ revoked: true }],
    });
    const unknown = await on('PATCH', '00:11/revoke');
    expect([unknown.status, unknown.text]).toStrictEqual([422, message('update entity failed')]);
  });

  it('revokes all of an entity, and then knows it no more', async () => {
    const entity = fresh('e');
    const serials = [];
    for (let at = 0; at < 2; at++) serials.push((await issue(entity)).read<Issued>().serial_number);
    expect((await on('DELETE', `${entity}/delete`)).status).toBe(204);
    for (const serial of serials) expect((await on('GET', serial)).json).toMatchObject({ revoked: true });
    const again = await on('DELETE', `${entity}/delete`);
    expect([again.status, again.text]).toStrictEqual([404, message('entity not found')]);
    expect((await on('GET', `?entity_id=${entity}`)).json).toMatchObject({ total: 0 });
  });

  it('lets strangers revoke nothing', async () => {
    const { serial_number: serial } = (await issue(fresh('e'))).read<Issued>();
    const path = `${CERTS}/${serial}/revoke`;
    expect((await bench.call('certs', 'PATCH', path, { token: bench.stranger.token })).status).toBe(500);
  });
});

describe('what anybody may have (wire §5.1, §5.3)', () => {
  it('gives the chain as text and as a zip file', async () => {
    const viewed = await bench.call('certs', 'GET', '/certs/view-ca');
    expect(viewed.json).toMatchObject({ revoked: false, expiry_time: expect.any(String) });
    const zip = await bench.call('certs', 'GET', '/certs/download-ca');
    expect(zip.headers.get('content-disposition')).toBe('attachment; filename=ca.zip');
    expect(zip.headers.get('content-type')).toBe('application/zip');
    const files = unzipSync(new Uint8Array(zip.bytes));
    expect(Object.keys(files)).toStrictEqual(['ca.crt']);
    expect(Buffer.from(files['ca.crt']!).toString()).toBe(viewed.read<Issued>().certificate);
  });

  it('lists the revoked in a signed CRL', async () => {
    const { serial_number: serial } = (await issue(fresh('e'))).read<Issued>();
    const inCrl = async () => {
      const { crl } = (await bench.call('certs', 'GET', '/certs/crl')).read<{ crl: string }>();
      const parsed = CertificateRevocationList.fromBER(new Uint8Array(Buffer.from(crl, 'base64')).buffer);
      const issuerCertificate = Certificate.fromBER(new Uint8Array((await chain())[0]!.raw).buffer);
      expect(await parsed.verify({ issuerCertificate })).toBe(true);
      return (parsed.revokedCertificates ?? []).some(
        ({ userCertificate }) =>
          Buffer.from(userCertificate.valueBlock.valueHexView).toString('hex') === serial.replaceAll(':', ''),
      );
    };
    expect(await inCrl()).toBe(false);
    await on('PATCH', `${serial}/revoke`);
    expect(await inCrl()).toBe(true);
  });

  describe('OCSP', () => {
    const ask = (body: Buffer | string, type: string) =>
      bench.call('certs', 'POST', '/certs/ocsp', { body, type });
    const read = async (bytes: Buffer) => {
      const { responseBytes } = OCSPResponse.fromBER(new Uint8Array(bytes).buffer);
      const basic = BasicOCSPResponse.fromBER(responseBytes!.response.valueBlock.valueHexView.slice().buffer);
      const authorities = (await chain()).map(({ raw }) => Certificate.fromBER(new Uint8Array(raw).buffer));
      // A responder need not send its own certificate along.
      basic.certs ??= authorities;
      expect(await basic.verify({ trustedCerts: authorities })).toBe(true);
      // 0 good, 1 revoked, 2 unknown
      return basic.tbsResponseData.responses.map(({ certStatus }) => certStatus.idBlock.tagNumber as number);
    };

    it('answers DER requests', async () => {
      const { serial_number: serial, certificate } = (await issue(fresh('e'))).read<Issued>();
      const request = new OCSPRequest();
      const issuerCertificate = Certificate.fromBER(new Uint8Array((await chain())[0]!.raw).buffer);
      const asked = Certificate.fromBER(new Uint8Array(new X509Certificate(certificate).raw).buffer);
      await request.createForCertificate(asked, { hashAlgorithm: 'SHA-1', issuerCertificate });
      const der = Buffer.from(request.toSchema(true).toBER());
      const good = await ask(der, 'application/ocsp-request');
      expect([good.status, good.headers.get('content-type')]).toStrictEqual([
        200,
        'application/ocsp-response',
      ]);
      expect(await read(good.bytes)).toStrictEqual([0]);
      await on('PATCH', `${serial}/revoke`);
      expect(await read((await ask(der, 'application/ocsp-request')).bytes)).toStrictEqual([1]);
    });

    it('answers JSON with a serial number or a certificate', async () => {
      const { serial_number, certificate } = (await issue(fresh('e'))).read<Issued>();
      for (const json of [{ serial_number }, { certificate }]) {
        const answer = await ask(JSON.stringify(json), 'application/json');
        expect(await read(answer.bytes)).toStrictEqual([0]);
      }
    });

    it('answers what it cannot use with an empty 500, and nothing at all with 400', async () => {
      for (const [body, type] of [
        ['nonsense', 'application/ocsp-request'],
        ['nonsense', 'application/json'],
        ['{"serial_number":"00:11"}', 'application/json'],
      ] as const) {
        const answer = await ask(body, type);
        expect([answer.status, answer.text]).toStrictEqual([500, '']);
      }
      const empty = await ask('{}', 'application/json');
      expect([empty.status, empty.text]).toStrictEqual([400, message('malformed entity specification')]);
    });
  });
});
