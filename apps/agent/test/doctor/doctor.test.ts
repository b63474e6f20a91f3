import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AgentHome } from '@org/harness/agent';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly message: string;
  readonly advice?: string;
}

const disk = folders();
let server: StandIn;

beforeAll(async () => {
  server = await StandIn.start({ authority: await TestAuthority.make() });
});

afterAll(() => {
  server?.close();
  disk.remove();
});

function aHome(settings: (home: string) => string = (home) => settingsFor(home, server)): AgentHome {
  const path = disk.make();
  return new AgentHome(path, settings(path));
}

async function examined(home: AgentHome): Promise<{ code: number | null; of(check: string): Finding[] }> {
  const { code, out } = await home.run(['doctor', '--json']);
  const { checks } = JSON.parse(out) as { checks: Finding[] };
  return { code, of: (check) => checks.filter((each) => each.check === check) };
}

describe('the doctor', () => {
  it('finds nothing wrong with a device that is well, until the server no longer takes it', async () => {
    const home = aHome();
    const enrolling = home.start(['enrol', '--json']);
    const [, code] = await enrolling.said(/"code":"([^"]+)"/);
    server.approve(code);
    await enrolling.ended;
    const found = await examined(home);
    expect(found.code).toBe(0);
    for (const check of ['settings', 'files', 'space', 'names', 'tls', 'server', 'clock', 'certificate']) {
      expect(found.of(check)).toEqual([expect.objectContaining({ result: 'ok' })]);
    }
    expect(found.of('tls')[0]!.message).toMatch(/signed by Test Issuing, until \d{4}-/);
    const { out } = await home.run(['doctor']);
    expect(out).toMatch(/^ok {4}server +https:\/\/localhost:\d+ answers \(EnrolmentService\)$/m);

    server.refusals.set('checkIn', { code: status.PERMISSION_DENIED, reason: 'certificate_revoked' });
    const refused = await examined(home);
    server.refusals.delete('checkIn');
    expect(refused.code).toBe(5);
    expect(refused.of('certificate')).toEqual([
      expect.objectContaining({ result: 'fail', advice: expect.stringContaining('enrol --again') }),
    ]);
  });

  it('says how to trust a server that is not trusted', async () => {
    const found = await examined(
      aHome((home) => settingsFor(home, undefined, { provisioning: { grpc_url: server.url } })),
    );
    expect(found.code).toBe(1);
    expect(found.of('tls')).toEqual([
      expect.objectContaining({ result: 'fail', advice: expect.stringContaining('root_fingerprint') }),
    ]);
    expect(found.of('server')[0]).toMatchObject({ result: 'fail' });
  });

  it('finds names that lead nowhere, and servers that do not answer', async () => {
    const found = await examined(
      aHome((home) =>
        settingsFor(home, undefined, { provisioning: { grpc_url: 'https://nowhere.invalid' } }),
      ),
    );
    expect(found.code).toBe(1);
    expect(found.of('names')[0]).toMatchObject({
      result: 'fail',
      message: expect.stringContaining('nowhere.invalid'),
    });
    for (const check of ['tls', 'server']) expect(found.of(check)[0]).toMatchObject({ result: 'fail' });
    expect(found.of('clock')[0]).toMatchObject({ result: 'skipped' });
  });

  it('finds a key that others can use, a folder in the way, and secrets in the open', async () => {
    const home = aHome((path) => settingsFor(path, server, { server: { port: 0, token: 'hunter2' } }));
    const folder = join(home.path, 'mecha/openssl/ecdsa');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'key.pem'), 'a key');
    chmodSync(join(folder, 'key.pem'), 0o640);
    mkdirSync(join(home.path, 'mecha/agent/certs/machine.pem'), { recursive: true });
    chmodSync(home.settings, 0o644);
    const found = await examined(home);
    expect(found.code).toBe(1);
    expect(found.of('files')).toEqual([
      expect.objectContaining({
        result: 'fail',
        message: expect.stringContaining('machine.pem: there is a folder'),
      }),
      expect.objectContaining({ result: 'fail', advice: expect.stringContaining('chmod 600') }),
    ]);
    expect(found.of('settings')).toEqual([
      expect.objectContaining({ result: 'warn', advice: `chmod 600 ${home.settings}` }),
    ]);
    expect(JSON.stringify(found.of('settings'))).not.toContain('hunter2');
  });
});
