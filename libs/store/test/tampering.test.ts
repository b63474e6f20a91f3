import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { CodeIssuance } from '@org/code-issuance';
import { NO_CAPS, sampleFullRecord } from '@org/code-issuance/testing';
import { Secret } from '@org/domain';
import { sampleFullMachine } from '@org/enrolment/testing';
import { samplePlan } from '@org/provisioning/testing';
import { openStore, type Store } from '../src/index.js';
import { newPath, removeFiles } from './support/databases.js';

const REFUSED = { kind: 'internal', code: 'state_key_mismatch' };

let store: Store;
let writer: DatabaseSync;
beforeEach(async () => {
  const path = newPath();
  store = await openStore({ path, key: undefined });
  writer = new DatabaseSync(path);
  writer.exec('pragma busy_timeout = 5000');
});
afterEach(async () => {
  writer.close();
  await store.close();
});
afterAll(removeFiles);

/** Every column of a row, as an attacker who writes to the database would change it: to something that fits. */
function changes(table: string, id: string): { column: string; value: string | number }[] {
  const row = writer.prepare(`select * from ${table} where id = ?`).get(id)!;
  return Object.entries(row).map(([column, value]) => ({
    column,
    value: typeof value === 'string' && !Number(value) ? `${value}x` : Number(value) + 1,
  }));
}

const set = (table: string, id: string, column: string, value: string | number | null) =>
  writer.prepare(`update ${table} set ${column} = ? where id = ?`).run(value, id);

describe('an attacker who writes to the database', () => {
  const operator = { domainId: 'plant', operator: 'ann', payload: new Secret('{}') };
  const begin = async (codes: CodeIssuance) => {
    const keyFingerprint = randomBytes(32).toString('base64url');
    return { keyFingerprint, ...(await codes.begin({ keyFingerprint, origin: '192.0.2.1' })) };
  };

  it.each(['before', 'after'])('cannot take the place of a device %s its approval', async (when) => {
    const codes = new CodeIssuance({ store: store.codes, hashKey: store.hashKey });
    const [device, thief] = [await begin(codes), await begin(codes)];
    if (when === 'after') await codes.approve(device.id, operator);
    for (const column of ['polling_hash', 'key_fingerprint'])
      writer.exec(
        `update enrolments set ${column} = (select ${column} from enrolments where id = '${thief.id}')
         where id = '${device.id}'`,
      );
    writer.exec(`delete from enrolments where id = '${thief.id}'`);
    if (when === 'before') await expect(codes.approve(device.id, operator)).rejects.toMatchObject(REFUSED);
    await expect(codes.redeem(thief)).rejects.toMatchObject(REFUSED);
  });

  it('cannot change what an enrolment says, but for leases, the pace and what the sweep goes by', async () => {
    const record = sampleFullRecord();
    await store.codes.insert(record, { now: 0, caps: NO_CAPS });
    const free: string[] = [];
    for (const { column, value } of changes('enrolments', record.id)) {
      const before = writer.prepare(`select ${column} as value from enrolments`).get()!['value'];
      set('enrolments', record.id, column, value);
      const id = column === 'id' ? String(value) : record.id;
      const found = store.codes.findById(id).then(() => free.push(column));
      await found.catch((error: unknown) => expect(error).toMatchObject(REFUSED));
      set('enrolments', id, column, before as string);
    }
    const leases = ['owner', 'fencing_token', 'lease_until'];
    const apart = ['version', 'due_at', 'poll_interval_ms', 'polled_at', ...leases];
    expect(free.toSorted()).toEqual(apart.toSorted());
    expect((await store.codes.findById(record.id))?.outcome?.reveal()).toBe(record.outcome?.reveal());
  });

  it('cannot change what a machine is, nor bring a revoked one back', async () => {
    const machine = sampleFullMachine();
    await store.machines.insert(machine);
    for (const { column, value } of changes('machines', machine.id)) {
      const before = writer.prepare(`select ${column} as value from machines`).get()!['value'];
      set('machines', machine.id, column, value);
      const id = column === 'id' ? String(value) : machine.id;
      await expect(store.machines.find(id)).rejects.toMatchObject(REFUSED);
      set('machines', id, column, before as string);
    }
    set('machines', machine.id, 'state', 'active');
    const query = { domainId: machine.domainId, offset: 0, limit: 9 };
    await expect(store.machines.list(query)).rejects.toMatchObject(REFUSED);
    set('machines', machine.id, 'state', machine.state);
    expect(await store.machines.find(machine.id)).toEqual(machine);
  });

  it("cannot ask for another's answer with a key of his own", async () => {
    const { journal } = store;
    const complete = async (domainId: string, key: string) => {
      const idempotency = { key, body: 'body' };
      const plan = samplePlan({ externalId: `gw-${key}`, domainId });
      const owner = { owner: 'p', leaseMs: 60_000 };
      const begun = await journal.begin({ plan, callerToken: undefined, idempotency, ...owner });
      if (begun.outcome !== 'started') throw new Error(begun.outcome);
      const result = { runId: plan.runId, clients: [], channels: [] } as never;
      await journal.complete(begun.lease, { result, keepMs: 60_000 });
      return plan.runId;
    };
    const [victims, thiefs] = [await complete('plant', 'v'), await complete('cellar', 't')];
    expect(await journal.find({ domainId: 'plant', key: 'v' })).toMatchObject({ outcome: 'done' });
    const columns = ['domain_id', 'idempotency_key', 'request_hash'];
    const thief = writer.prepare(`select ${columns.join()} from runs where run_id = ?`).get(thiefs)!;
    writer.prepare('delete from runs where run_id = ?').run(thiefs);
    writer
      .prepare(`update runs set ${columns.map((column) => `${column} = ?`).join()} where run_id = ?`)
      .run(...(Object.values(thief) as string[]), victims);
    await expect(journal.find({ domainId: 'cellar', key: 't' })).rejects.toMatchObject(REFUSED);
  });
});
