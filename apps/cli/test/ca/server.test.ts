import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Workshop } from '../workshop.js';

let shop: Workshop;
beforeAll(async () => {
  shop = new Workshop();
  await shop.done(['create']);
  await shop.done(['export', '--out', 'trust.pem']);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'broker.key'];
  const names = ['-addext', 'subjectAltName=DNS:mqtt.example.com'];
  shop.openssl('req', '-new', ...key, '-subj', '/CN=anything', ...names, '-out', 'broker.csr');
});
afterAll(() => shop.close());

const DAY_MS = 86_400_000;
const sign = (...args: string[]) => shop.ca(['sign', ...args, 'broker.csr']);
const daysOf = (pem: string) => {
  const { validToDate } = new X509Certificate(pem);
  return Math.round((validToDate.getTime() - Date.now()) / DAY_MS);
};

describe('a certificate for a server', () => {
  it('is for TLS servers of these names, with its chain, for 90 days', async () => {
    const { code, stdout } = await sign('--server', '--name', 'mqtt.example.com', '--name', '10.0.0.7');
    expect(code).toBe(0);
    shop.write('broker.pem', stdout);
    const trust = ['-x509_strict', '-CAfile', 'trust.pem'];
    for (const name of [
      ['-verify_hostname', 'mqtt.example.com'],
      ['-verify_ip', '10.0.0.7'],
    ])
      expect(shop.verify(...trust, '-purpose', 'sslserver', ...name, 'broker.pem').code).toBe(0);
    expect(shop.verify(...trust, '-verify_hostname', 'other.example.com', 'broker.pem').code).not.toBe(0);
    expect(shop.verify(...trust, '-purpose', 'sslclient', 'broker.pem').code).not.toBe(0);
    const leaf = new X509Certificate(readFileSync(shop.file('broker.pem')));
    expect(leaf.subject).toBe('CN=mqtt.example.com');
    expect(leaf.subjectAltName).toBe('DNS:mqtt.example.com, IP Address:10.0.0.7');
    expect(daysOf(stdout)).toBe(90);
    expect(await shop.json(['list'])).toMatchObject([{ profile: 'server', machine: 'mqtt.example.com' }]);
  });

  it('lives as long as it is told, within its own limit, whatever devices have', async () => {
    const env = { MG_PROVISION_CERTS_HOURS_VALID: '24h' };
    const server = ['sign', '--server', '--name', 'mqtt.example.com', '--lifetime'];
    expect(daysOf(await shop.done([...server, '9552h', 'broker.csr'], { env }))).toBe(398);
    expect(await shop.ca([...server, '9553h', 'broker.csr'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('longer than the profile allows'),
    });
  });

  it('is not issued for other names than those that were given', async () => {
    expect(await sign('--server', '--name', 'other.example.com')).toMatchObject({ code: 1, stdout: '' });
    for (const name of ['*.example.com', 'a b', ''])
      expect(await sign('--server', '--name', 'mqtt.example.com', '--name', name)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('host names and IP addresses only'),
      });
  });

  it.each([
    ['nothing', []],
    ['no name', ['--server']],
    ['a name alone', ['--name', 'mqtt.example.com']],
    ['a machine too', ['--server', '--name', 'mqtt.example.com', '--machine', 'm']],
  ])('needs to be asked for clearly: %s', async (_, args) => {
    expect(await sign(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--name'),
    });
  });
});
