import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProvisionClient, isProvisionApiError } from '@org/provision-sdk';
import { type ProvisionMock, startProvision } from '../src/index.js';

let mock: ProvisionMock;
beforeAll(async () => {
  mock = await startProvision();
});
afterAll(() => mock.close());

const clientFor = ({ url, tokens }: ProvisionMock) =>
  createProvisionClient({ baseUrl: url, token: tokens.administrator });
const gateway = (externalId: string, { domainId } = mock) => ({
  domainId,
  name: `gateway-${externalId}`,
  externalId,
  externalKey: 'a-key-of-its-own',
});

describe('the mock server', () => {
  it('provisions gateways as the service does, on a platform that can be looked at', async () => {
    const { clients, channels } = await clientFor(mock).provision(gateway('one'));
    const contents = mock.contents();
    expect(contents.clients.map(({ id }) => id)).toEqual(clients.map(({ id }) => id));
    expect(contents.channels).toHaveLength(channels.length);
    expect(contents.configurations).toMatchObject([{ externalId: 'one' }]);
    expect(mock.calls()).toContain('clients.create_bulk');
  });

  it('fails as it is told, and shows that nothing is left behind', async () => {
    const before = mock.contents();
    const heal = mock.fail({ operation: 'channels.connect', action: 'refuse', status: 500, times: 10 });
    const failed = await clientFor(mock)
      .provision(gateway('two'))
      .catch((error: unknown) => error);
    expect(isProvisionApiError(failed)).toBe(true);
    expect(mock.contents()).toEqual(before);
    heal();
  });

  it('has devices that show codes', async () => {
    const device = await mock.showCode();
    await expect(device.certificate()).rejects.toThrow('enrolment_pending');
    const client = clientFor(mock);
    const { domainId } = mock;
    const { id } = await client.enrolments.lookUp({ domainId, code: device.code });
    await client.enrolments.approve({ domainId, id, name: 'press-7', externalId: 'three' });
    const { machineId, certificatePem } = await device.certificate();
    expect(new X509Certificate(certificatePem).subject).toBe(`CN=${machineId}`);
  });

  it('takes settings and layouts, and says what is wrong with them', async () => {
    await expect(startProvision({ settings: { MG_PROVISION_LOG_LEVEL: 'loud' } })).rejects.toThrow(
      'MG_PROVISION_LOG_LEVEL',
    );
    await using other = await startProvision({
      config:
        '[[clients]]\nname = "pump"\n[clients.metadata]\nexternal_id = ""\n[[channels]]\nname = "data"\n',
    });
    expect(other.url).not.toBe(mock.url);
    await clientFor(other).provision(gateway('one', other));
    expect(other.contents().clients).toHaveLength(1);
  });
});

describe('the package', () => {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const run = (code: string, name: string): string => {
    const work = mkdtempSync(join(tmpdir(), 'provision-mock-test-'));
    try {
      writeFileSync(join(work, name), code.replace('MOCK', join(folder, 'bundle/dist/index.js')));
      return execFileSync(process.execPath, ['--no-warnings', join(work, name)], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] },
      });
    } finally {
      rmSync(work, { recursive: true });
    }
  };
  beforeAll(() => void execFileSync(process.execPath, [join(folder, 'bundle.mjs')]));

  it('is one file that runs as ES module and by require, and ends when it is closed', () => {
    const use = `startProvision().then(async (mock) => {
      const answer = await fetch(mock.url + '/health');
      console.log(answer.status, (await fetch(mock.url + '/enrol')).status);
      await mock.close();
    });`;
    expect(run(`import { startProvision } from 'MOCK'; ${use}`, 'a.mjs')).toBe('200 200\n');
    expect(run(`const { startProvision } = require('MOCK'); ${use}`, 'a.cjs')).toBe('200 200\n');
    expect(statSync(join(folder, 'bundle/dist/index.js')).size).toBeLessThan(8e6);
  });
});
