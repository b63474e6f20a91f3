import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { run, start } from '@org/harness';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** What the demo provisions, whichever service issues certificates. */
const PROVISIONED = {
  ok: true,
  domain: { name: 'plant-1' },
  gateway: {
    externalId: '33:52:77:99:43',
    clients: [{ name: 'press-7' }],
    channels: [{ name: 'press-7_control' }, { name: 'press-7_data' }],
  },
  duplicate: { status: 409, code: 'external_id_exists' },
};

describe('the demo', () => {
  test('provisions a gateway, enrols a device, and checks all of it, as JSON', async () => {
    const { code, stdout, stderr } = await run(PROGRAM, ['--json']);

    expect(stderr).toContain('Everything checked');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    const client = report.gateway.clients[0].id;
    expect(report).toMatchObject({
      ...PROVISIONED,
      certs: 'builtin',
      gateway: { ...PROVISIONED.gateway, mqttUrl: expect.stringMatching(/^ssl:\/\/localhost:\d+$/) },
      certificate: { subject: `CN=${client}` },
      revocation: { ocsp: 'good' },
      enrolment: {
        machineId: expect.not.stringMatching(client),
        keyFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        renewedKeyFingerprint: expect.not.stringMatching(report.enrolment.keyFingerprint),
        telemetry: {
          url: report.gateway.mqttUrl,
          topic: expect.stringMatching(new RegExp(`^m/${report.domain.id}/c/[-0-9a-f]{36}/msg$`)),
          wrongSecretRefused: true,
          otherChannelRefused: true,
        },
        refusal: expect.stringContaining('the certificate is revoked'),
        certificate: {
          subject: `CN=${report.enrolment.machineId}`,
          issuer: report.certificate.issuer,
        },
        revocation: { ocsp: 'revoked', crlNumber: report.revocation.crlNumber + 1 },
      },
      // Of the enrolled device nothing is left: it was revoked, and its gateway removed.
      inventory: { clients: 1, channels: 2, connections: 4, configs: 1, bindings: 0, certificates: 0 },
    });
    expect(report.steps).toHaveLength(32);
  });

  test('takes certificates from Magistrala when asked to, and says what is left out then', async () => {
    const { code, stdout, stderr } = await run(PROGRAM, ['--json', '--certs', 'magistrala']);

    expect(stderr).toContain('Enrolment by code is left out');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      ...PROVISIONED,
      gateway: { ...PROVISIONED.gateway, mqttUrl: 'ssl://mq.plant.test:8883' },
      certs: 'magistrala',
      certificate: { subject: `CN=${report.gateway.clients[0].id}` },
      inventory: { clients: 1, channels: 2, connections: 4, configs: 1, bindings: 0, certificates: 1 },
    });
    expect(report).not.toHaveProperty('enrolment');
    expect(report.steps).toHaveLength(11);
  });

  test('is for people by default, without colours in a pipe and without secrets', async () => {
    const { code, stdout, stderr } = await run(PROGRAM, []);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('✓ openssl: the chain is valid for a TLS client');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain('├─ press-7  client');
    expect(stdout).toMatch(/ with the code [A-Z]{4}-[A-Z]{4}\n\n {2}at http:\/\/\S+\/enrol\n/);
    expect(stdout).toContain('├─ press-9  client');
    expect(stdout).toMatch(/Everything checked: 32 steps in .+\.\n$/);
    expect(stdout).not.toContain('\x1b[');
    expect(stdout).not.toMatch(/PRIVATE KEY|223334fw2|eyJ/);
  });

  test('says what failed, and fails', async () => {
    const { code, stdout } = await run(PROGRAM, ['--json'], { ...process.env, PATH: '/nowhere' });

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      step: 'openssl: the private key fits the certificate',
      message: 'the openssl program is needed for this check; install it',
    });
  });

  test('keeps running when asked to, until Ctrl-C', async () => {
    const demo = start(PROGRAM, ['--keep']);
    try {
      const said = await demo.printed('Everything runs until Ctrl-C.');
      const token = /TOKEN=(\S+)/.exec(said)![1]!;
      const [url] = /http:\/\/\S+\/mapping/.exec(said)!;
      const [, body] = /-d '(\{"name":"press-8".+?\})'/.exec(said)!;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, body });
      expect(answer.status).toBe(201);
      const [agent] = /agent\(\) \{ .+ \}/.exec(said)!;
      const status = spawnSync('sh', ['-c', `${agent}; agent status`], { encoding: 'utf8' });
      expect(status).toMatchObject({ status: 3, stdout: expect.stringContaining('/device-2/') });
      const [page] = /http:\/\/\S+\/enrol /.exec(said)!;
      expect((await fetch(page.trim())).status).toBe(200);

      demo.kill('SIGINT');
      expect(await demo.ended).toMatchObject({ code: 0, stderr: '' });
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    } finally {
      demo.kill('SIGKILL');
    }
  });
});
