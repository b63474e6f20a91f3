import { describe, expect, test } from '@jest/globals';
import { run, start } from '../support/run.js';

const MAY_TAKE_MS = 60_000;

describe('the demo', () => {
  test(
    'provisions a gateway and checks all of it, as JSON',
    async () => {
      const { code, stdout, stderr } = await run('demo', ['--json']);

      expect(stderr).toContain('Everything checked');
      expect(code).toBe(0);
      const report = JSON.parse(stdout);
      const client = report.gateway.clients[0].id;
      expect(report).toMatchObject({
        ok: true,
        domain: { name: 'plant-1' },
        gateway: {
          externalId: '33:52:77:99:43',
          clients: [{ name: 'press-7' }],
          channels: [{ name: 'press-7_control' }, { name: 'press-7_data' }],
          mqttUrl: 'ssl://mq.plant.test:8883',
        },
        certificate: { subject: `CN=${client}` },
        duplicate: { status: 409, code: 'external_id_exists' },
        inventory: { clients: 1, channels: 2, connections: 4, configs: 1, bindings: 0, certificates: 1 },
      });
      expect(report.steps).toHaveLength(11);
    },
    MAY_TAKE_MS,
  );

  test(
    'is for people by default, without colours in a pipe and without secrets',
    async () => {
      const { code, stdout, stderr } = await run('demo', []);

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('✓ openssl: the chain vouches for it, as a TLS client');
      expect(stdout).toContain('├─ press-7  client');
      expect(stdout).toMatch(/Everything checked: 11 steps in .+\.\n$/);
      expect(stdout).not.toContain('\x1b[');
      expect(stdout).not.toMatch(/PRIVATE KEY|223334fw2|eyJ/);
    },
    MAY_TAKE_MS,
  );

  test(
    'says what failed, and fails',
    async () => {
      const { code, stdout } = await run('demo', ['--json'], { ...process.env, PATH: '/nowhere' });

      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        ok: false,
        step: 'openssl: the private key fits the certificate',
        message: 'the openssl program is needed for this check; install it',
      });
    },
    MAY_TAKE_MS,
  );

  test(
    'keeps running when asked to, until Ctrl-C',
    async () => {
      const demo = start('demo', ['--keep']);
      try {
        const said = await demo.printed('Everything runs until Ctrl-C.');
        const token = /TOKEN=(\S+)/.exec(said)![1]!;
        const [url] = /http:\/\/\S+\/mapping/.exec(said)!;
        const [, body] = /-d '(\{"name":"press-8".+?\})'/.exec(said)!;
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
        const answer = await fetch(url, { method: 'POST', headers, body });
        expect(answer.status).toBe(201);

        demo.kill('SIGINT');
        expect(await demo.ended).toMatchObject({ code: 0, stderr: '' });
        await expect(fetch(url)).rejects.toThrow('fetch failed');
      } finally {
        demo.kill('SIGKILL');
      }
    },
    MAY_TAKE_MS,
  );
});
