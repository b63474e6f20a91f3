import { afterAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { CodeIssuance, LEGACY_SETTINGS } from '@org/code-issuance';
import { NO_CAPS, sampleFullRecord } from '@org/code-issuance/testing';
import { Secret } from '@org/domain';
import { openStore, type Store, type StoreOptions } from '../../src/index.js';
import { newKey, newPath, newPostgresUrl, removeFiles } from '../support/databases.js';
import { dumpOfFolder, dumpOfServer } from '../support/dump.js';

afterAll(removeFiles);

const request = { domainId: 'plant', operator: 'ann', payload: new Secret('the-external-key') };
const operator = { operator: 'ann', address: '198.51.100.1' };
const aKey = () => randomBytes(32).toString('base64url');

const issuanceOf = ({ codes, hashKey }: Store): CodeIssuance =>
  new CodeIssuance({ store: codes, hashKey, settings: { legacy: LEGACY_SETTINGS } });

/** A device that asks for a code, up to its certificate. @returns what no one may read in the store */
async function enrol(codes: CodeIssuance): Promise<Secret[]> {
  const keyFingerprint = aKey();
  const { code, pollingSecret } = await codes.begin({ keyFingerprint, origin: '192.0.2.1' });
  const { id } = await codes.lookUp({ code, ...operator });
  const held = await codes.holdApproval(id, request);
  if (held.step !== 'carry_out') throw new Error('approved before');
  const done = new Secret('the-clients-secret');
  await codes.completeApproval(held.lease, done);
  const redemption = await codes.redeem({ pollingSecret, keyFingerprint });
  if (redemption.step !== 'issue') throw new Error('redeemed before');
  expect(redemption.enrolment.approval?.payload.reveal()).toBe(done.reveal());
  const outcome = new Secret('the-certificate');
  await codes.recordOutcome(redemption.lease, outcome);
  const again = await codes.redeem({ pollingSecret, keyFingerprint });
  expect(again.step === 'done' && again.outcome.reveal()).toBe(outcome.reveal());
  const undashed = new Secret(code.reveal().replace('-', ''));
  return [code, undashed, pollingSecret, request.payload, done, outcome];
}

/** A device that makes its code itself, up to its ticket. */
async function approveLegacyDevice(codes: CodeIssuance): Promise<Secret[]> {
  const from = { address: '192.0.2.2' };
  const code = await codes.legacy!.generate(from);
  const { id } = await codes.lookUp({ code, ...operator });
  await codes.approve(id, request);
  const asked = await codes.legacy!.ask({ code, ...from });
  if (asked.state !== 'approved') throw new Error('not approved');
  return [code, asked.ticket];
}

async function server(): Promise<[StoreOptions, () => Promise<string>]> {
  const url = await newPostgresUrl();
  return [{ url, path: '', key: newKey() }, () => dumpOfServer(url)];
}
async function file(): Promise<[StoreOptions, () => Promise<string>]> {
  const path = newPath();
  return [{ path, key: undefined }, async () => dumpOfFolder(path)];
}

describe.each([
  ['SQLite', file],
  ['PostgreSQL', server],
])('what a reader of %s sees', (_, start) => {
  it('is no code, no secret and no hash key, at any time of an enrolment', async () => {
    const [options, dump] = await start();
    const store = await openStore(options);
    const codes = issuanceOf(store);
    const waiting = await codes.begin({ keyFingerprint: aKey(), origin: '192.0.2.17' });
    const secrets = [...(await enrol(codes)), ...(await approveLegacyDevice(codes))];
    secrets.push(waiting.code, waiting.pollingSecret);
    const keys = (['hex', 'base64', 'base64url'] as const).map((form) =>
      Buffer.from(store.hashKey).toString(form),
    );

    const text = await dump();
    expect(text).toContain('192.0.2.17');
    for (const hidden of [...keys, ...secrets.map((secret) => secret.reveal())])
      expect(text).not.toContain(hidden);
    await store.close();
  });

  it('is of no use without the state key, and all of use with it, in a new process too', async () => {
    const [options] = await start();
    const key = options.key ?? newKey();
    const first = await openStore({ ...options, key });
    const { id, code } = await issuanceOf(first).begin({ keyFingerprint: aKey(), origin: '192.0.2.1' });
    await first.close();

    await expect(openStore({ ...options, key: newKey() })).rejects.toMatchObject({ code: 'state_key_wrong' });

    const replica = await openStore({ ...options, key });
    expect((await issuanceOf(replica).lookUp({ code, ...operator })).id).toBe(id);
    await replica.close();
  });
});

it('gives a hash key that is not the state key, of 32 bytes', async () => {
  const key = newKey();
  const { hashKey, close } = await openStore({ path: newPath(), key });
  expect(hashKey).toHaveLength(32);
  expect(Buffer.from(hashKey).toString('hex')).not.toBe(key.reveal());
  await close();
});

it('does not open what was sealed in another enrolment, or for another purpose', async () => {
  const path = newPath();
  const store = await openStore({ path, key: undefined });
  const [one, two] = [sampleFullRecord(), sampleFullRecord()];
  for (const record of [one, two]) await store.codes.insert(record, { now: 0, caps: NO_CAPS });
  const tampering = new DatabaseSync(path);
  tampering.exec('pragma busy_timeout = 5000');
  const forge = (column: string, value: string) =>
    tampering.exec(`update enrolments set ${column} = (${value}) where id = '${one.id}'`);

  forge('outcome', `select outcome from enrolments where id = '${two.id}'`);
  await expect(store.codes.findById(one.id)).rejects.toMatchObject({ code: 'state_key_mismatch' });
  forge('outcome', 'approval_payload');
  await expect(store.codes.findById(one.id)).rejects.toMatchObject({ code: 'state_key_mismatch' });
  expect((await store.codes.findById(two.id))?.outcome?.reveal()).toBe(two.outcome?.reveal());
  tampering.close();
  await store.close();
});
