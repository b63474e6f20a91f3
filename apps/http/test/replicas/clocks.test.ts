import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { provisionEnvironment } from '@org/magistrala-emulator';
import pg from 'pg';
import { type Answer, type World, gateway, openWorld, send } from '../app.js';
import { ADA, begin, enrolmentEnvironment, operator } from '../enrolment/setting.js';

// The program as it is installed; `nx test` builds it first.
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const SHIFT_CLOCK = fileURLToPath(new URL('./shift-clock.mjs', import.meta.url));
const MINUTE = 60_000;

let world: World;
let folder: string;
let url: string;
const children: ChildProcess[] = [];

interface Replica {
  readonly url: string;
  /** Sets its time of day wrong by so many milliseconds. */
  shift(ms: number): Promise<void>;
}

async function startReplica(env: Record<string, string>): Promise<Replica> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ['--import', SHIFT_CLOCK, MAIN], {
    env: { PATH, NODE_COMPILE_CACHE, ...env },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  const address = await new Promise<string>((resolve, reject) => {
    let log = '';
    child.stdout!.on('data', (data: Buffer) => {
      log += data.toString();
      const [, found] = /"address":"([^"]+)"/.exec(log) ?? [];
      if (found) resolve(found);
    });
    child.once('close', () => reject(new Error(log)));
  });
  return {
    url: address,
    async shift(ms) {
      const shifted = once(child, 'message');
      child.send(ms);
      await shifted;
    },
  };
}

let right: Replica;
let wrong: Replica;

beforeAll(async () => {
  world = await openWorld();
  folder = mkdtempSync(join(tmpdir(), 'provision-clocks-'));
  const server = new URL(process.env['PROVISION_TEST_POSTGRES']!);
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = new pg.Client({ connectionString: new URL('/postgres', server).href });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  url = new URL(`/${name}`, server).href;
  const env = {
    ...provisionEnvironment(world.emulator),
    ...enrolmentEnvironment({ MG_PROVISION_CODE_LIFETIME: '2m' }),
    MG_PROVISION_USERNAME: world.owner.username,
    MG_PROVISION_PASS: world.owner.password,
    MG_AUTH_GRPC_TIMEOUT: '30s',
    MG_PROVISION_HTTP_HOST: '127.0.0.1',
    MG_PROVISION_HTTP_PORT: '0',
    MG_PROVISION_DATABASE_URL: url,
    MG_PROVISION_STATE_KEY: randomBytes(32).toString('hex'),
    MG_PROVISION_AUTHORITY_STORE: 'database',
  };
  [right, wrong] = await Promise.all([startReplica(env), startReplica(env)]);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await world.close();
  rmSync(folder, { recursive: true });
});

const provision = (replica: Replica, body: object, key: string): Promise<Answer> =>
  send(`${replica.url}/${world.domainId}/mapping`, {
    token: world.tokens.owner,
    body,
    headers: { 'idempotency-key': key },
  });

/** What there is of a gateway on the platform: its client, and its configuration, enabled. */
function isThere(externalId: string): boolean {
  const { clients, configs } = world.emulator.inventory(world.domainId);
  return (
    clients.some(({ metadata }) => metadata['external_id'] === externalId) &&
    configs.some((config) => config.external_id === externalId && config.status === 'enabled')
  );
}

/** Gateways are asked of both replicas for a while, several at a time, each with an idempotency key. */
async function underLoad(
  forMs: number,
): Promise<{ answer: Answer; body: { external_id: string }; key: string }[]> {
  const end = performance.now() + forMs;
  const caller = async (replica: Replica) => {
    const answers = [];
    while (performance.now() < end) {
      const [body, key] = [gateway(), randomBytes(8).toString('hex')];
      answers.push({ answer: await provision(replica, body, key), body, key });
    }
    return answers;
  };
  return (await Promise.all([right, right, right, wrong, wrong, wrong].map(caller))).flat();
}

describe.each([
  ['16 s ahead', 16_000],
  ['5 minutes behind', -5 * MINUTE],
  ['5 minutes ahead', 5 * MINUTE],
])('a replica whose clock is %s for a while under load', (_, offset) => {
  it('takes nothing away from the other one, and answers what is so', async () => {
    // So that runs last long enough to be seen by the other replica, several times over.
    const slow = world.emulator.faults.add({
      service: 'clients',
      action: 'delay',
      delayMs: 700,
      times: null,
    });
    const load = underLoad(6_000);
    await setTimeout(1_500);
    await wrong.shift(offset);
    await setTimeout(3_000);
    await wrong.shift(0);
    const answers = await load;
    slow.remove();

    expect([...new Set(answers.map(({ answer }) => answer.status))]).toEqual([201]);
    expect(answers.length).toBeGreaterThan(6);
    expect(answers.map(({ body }) => body.external_id).filter((id) => !isThere(id))).toEqual([]);
    const { answer, body, key } = answers[0]!;
    await wrong.shift(offset);
    expect((await provision(wrong, body, key)).body).toEqual(answer.body);
    await wrong.shift(0);
  });

  it('enrols devices whose codes the other one gave out, and the other way round', async () => {
    await wrong.shift(offset);
    for (const [gives, approves] of [
      [right, wrong],
      [wrong, right],
    ] as const) {
      const device = await begin(gives);
      const approved = await operator(approves, ADA, world.domainId).approve(device.code);
      expect(approved).toMatchObject({ status: 200, body: { state: 'approved' } });
      expect(await device.poll()).toMatchObject({ status: 200, body: { state: 'approved' } });
      expect((await device.redeem()).status).toBe(200);
    }
    await wrong.shift(0);
  });

  it('says so', async () => {
    await wrong.shift(offset);
    const { status, body } = await send(`${wrong.url}/ready`, { method: 'GET' });
    const check = (body['checks'] as { name: string }[]).find(({ name }) => name === 'clock');
    const off = expect.stringMatching(
      `${Math.abs(offset) / 1_000}.0 s ${offset > 0 ? 'ahead of' : 'behind'}`,
    );
    if (Math.abs(offset) < 30_000) {
      expect(check).toMatchObject({ status: 'pass', warning: off });
    } else {
      expect(status).toBe(503);
      expect(check).toMatchObject({ status: 'fail', reason: off });
    }
    const metrics = await (await fetch(`${wrong.url}/metrics`)).text();
    const [, seconds] = /^provision_clock_offset_seconds (\S+)$/m.exec(metrics)!;
    expect(Math.abs(Number(seconds) - offset / 1_000)).toBeLessThan(2);
    await wrong.shift(0);
  });
});
