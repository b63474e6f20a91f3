import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type EstWorld, openEst } from './device.js';

const run = promisify(execFile);

let est: EstWorld;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'provision-est-'));
  est = await openEst();
});
afterAll(async () => {
  await est.close();
  rmSync(folder, { recursive: true });
});

describe('a device with openssl and curl', () => {
  it('enrols and renews by EST', async () => {
    const { app, world } = est;
    const [root] = app.server.authority!.served().roots;
    const script = fileURLToPath(new URL('enrol.sh', import.meta.url));
    const { stdout } = await run('bash', [script, app.url, root!.fingerprint], {
      cwd: folder,
      env: { ...process.env, OPERATOR_TOKEN: world.tokens.owner, DOMAIN_ID: world.domainId },
    });
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^trusts subject=.*Root/),
      expect.stringMatching(/^shows [A-Z]{4}-[A-Z]{4}$/),
      'is told to wait: no one has approved this device yet',
      'is approved',
      expect.stringMatching(/^is subject=CN=[\da-f-]{36}$/),
      'has renewed; the certificate before is still good',
      'has used the new certificate; the one before is revoked',
    ]);
  });
});
