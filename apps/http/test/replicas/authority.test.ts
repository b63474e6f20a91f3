import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

// The program as it is installed; `nx test` builds it first.
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let folder: string;
const children: ChildProcess[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-replicas-'));
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      MG_PROVISION_PLATFORM: 'none',
      MG_PROVISION_CERTS_BACKEND: 'builtin',
      MG_PROVISION_HTTP_HOST: '127.0.0.1',
      MG_PROVISION_HTTP_PORT: '0',
      MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
      MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
      ...env,
    },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

/** Waits until it listens. */
async function listening(child: ReturnType<typeof start>): Promise<string> {
  let log = '';
  for await (const data of child.stdout) {
    log += String(data);
    if (log.includes('"address"')) return log;
  }
  throw new Error(`it has ended: ${log} ${await text(child.stderr)}`);
}

/** Waits until it has given up. */
async function refusal(env: Record<string, string>) {
  const child = start(env);
  const log = text(child.stdout);
  const [code] = (await once(child, 'close')) as [number];
  const lines = (await log).trim().split('\n');
  const errors = lines
    .map((line) => JSON.parse(line) as { level: string; msg: string })
    .filter(({ level }) => level === 'error');
  return { code, said: errors.map(({ msg }) => msg).join('\n') };
}

describe('a second process on the same state', () => {
  it('starts beside the first with the same authority, and says what is wrong with any other', async () => {
    await listening(start());
    await listening(start());
    const elsewhere = await refusal({ MG_PROVISION_AUTHORITY_PATH: join(folder, 'empty') });
    expect(elsewhere).toEqual({
      code: 1,
      said: expect.stringMatching(
        /^provision-http does not start: MG_PROVISION_AUTHORITY_PATH [^\n]*no authority here[^\n]*Copy[^\n]*$/,
      ),
    });
    const otherKey = await refusal({ MG_PROVISION_STATE_KEY: '0f'.repeat(32) });
    expect(otherKey).toEqual({
      code: 1,
      said: expect.stringMatching(
        /^provision-http does not start: MG_PROVISION_STATE_KEY: this is not the state key[^\n]*$/,
      ),
    });
  });
});
