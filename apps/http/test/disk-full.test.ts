import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from '@jest/globals';
import { makeKey } from './enrolment/setting.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** Of 512 octets: no file of the process becomes larger, as on a disk that is full. */
const LIMIT = 700;

const folder = mkdtempSync(join(tmpdir(), 'provision-full-'));
let child: ChildProcess | undefined;
afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function serve(): Promise<string> {
  const program = spawn('sh', ['-c', `ulimit -f ${LIMIT}; exec "$0" "$1"`, process.execPath, MAIN], {
    env: {
      PATH: process.env['PATH'],
      MG_PROVISION_PLATFORM: 'none',
      MG_PROVISION_CERTS_BACKEND: 'builtin',
      MG_PROVISION_AUTHORITY_STORE: 'database',
      MG_PROVISION_OPERATOR_TOKENS: `ann:${'0'.repeat(64)}`,
      MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
      MG_PROVISION_HTTP_HOST: '127.0.0.1',
      MG_PROVISION_HTTP_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = program;
  let log = '';
  return new Promise((resolve, reject) => {
    program.stdout.on('data', (data: Buffer) => {
      log += data.toString();
      const [, address] = /"address":"(http[^"]+)"/.exec(log) ?? [];
      if (address) resolve(address);
    });
    program.once('close', () => reject(new Error(log)));
  });
}

it('says that the database is unavailable when its disk is full, and goes on reading', async () => {
  const url = await serve();
  const begin = async () =>
    fetch(`${url}/v1/enrolments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ csr: await makeKey().csr() }),
    });
  let answer = await begin();
  expect(answer.status).toBe(201);
  for (let n = 0; n < 200 && answer.status === 201; n += 1) answer = await begin();
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await answer.json()).toMatchObject({ code: 'database_unavailable' });
  expect((await fetch(`${url}/v1/ca`)).status).toBe(200);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});
