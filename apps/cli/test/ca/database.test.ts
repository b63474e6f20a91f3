import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Workshop } from '../workshop.js';

interface Shown {
  place: string;
  current: { subject: string; fingerprint: string; keyFile: string }[];
}

const IN_DATABASE = { MG_PROVISION_AUTHORITY_STORE: 'database' };

let shop: Workshop;
afterAll(() => shop.close());

describe('an authority in the database', () => {
  beforeAll(() => {
    shop = new Workshop(IN_DATABASE);
  });
  afterAll(() => shop.close());

  it('is made, signs and is succeeded, and no folder comes of it', async () => {
    const made = await shop.json<Shown>(['create', '--organization', 'Acme Ltd']);
    expect(made.place).toBe('the database');
    expect(made.current.map(({ keyFile }) => keyFile)).toEqual(['present', 'present']);
    await shop.done(['export', '--out', 'trust.pem']);
    shop.request('gateway-1');
    shop.write('gateway-1.pem', await shop.done(['sign', '--machine', 'gateway-1', 'gateway-1.csr']));
    expect(shop.verify('-CAfile', 'trust.pem', 'gateway-1.pem').code).toBe(0);
    const next = await shop.json<Shown>(['succeed']);
    expect(next.current[1]).toEqual(made.current[1]);
    expect(next.current[0]!.fingerprint).not.toBe(made.current[0]!.fingerprint);
    expect(existsSync(shop.file('authority'))).toBe(false);
  });

  it('is not made a second time, nor imported over', async () => {
    const before = await shop.json<Shown>(['show']);
    expect(await shop.ca(['create'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: the database: .*already.*provision ca succeed\nmore: provision explain \w+\n$/,
      ),
    });
    expect(await shop.json<Shown>(['show'])).toEqual(before);
  });

  it("can do without its root's key until it is succeeded", async () => {
    const env = { MG_PROVISION_AUTHORITY_KEY_PASSPHRASE: 'of the safe' };
    await shop.done(['root-key', 'take', 'root.key'], { env });
    expect(statSync(shop.file('root.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(shop.file('root.key'), 'utf8')).toContain('ENCRYPTED PRIVATE KEY');
    const { current } = await shop.json<Shown>(['show']);
    expect(current.map(({ keyFile }) => keyFile)).toEqual(['present', 'absent']);
    const [again, succeeding] = [
      await shop.ca(['root-key', 'take', 'twice.key']),
      await shop.ca(['succeed']),
    ];
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('not in the database') });
    expect(existsSync(shop.file('twice.key'))).toBe(false);
    expect(succeeding).toMatchObject({ code: 1, stderr: expect.stringContaining("root's key is needed") });
    await shop.done(['root-key', 'put', 'root.key'], { env });
    expect((await shop.ca(['succeed'])).code).toBe(0);
  });

  it("takes no other key for the root's", async () => {
    shop.openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'other.key');
    const put = await shop.ca(['root-key', 'put', 'other.key']);
    expect(put).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/other\.key: .*(not the key|others)/),
    });
  });
});

describe('an authority in a folder', () => {
  beforeAll(() => {
    shop = new Workshop();
  });

  it('is moved to the database, and no longer used where it was', async () => {
    const made = await shop.json<Shown>(['create']);
    expect(await shop.ca(['show'], { env: IN_DATABASE })).toMatchObject({ code: 0 });
    shop.request('gateway-1');
    const sign = ['sign', '--machine', 'gateway-1', 'gateway-1.csr'];
    expect(await shop.ca(sign, { env: IN_DATABASE })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: the database: .*in a folder.*provision ca move-to-database\nmore: provision explain \w+\n$/,
      ),
    });
    await shop.done(['move-to-database']);
    const moved = await shop.json<Shown>(['show'], { env: IN_DATABASE });
    expect(moved.current).toEqual(made.current);
    expect((await shop.ca(sign, { env: IN_DATABASE })).code).toBe(0);
    expect(await shop.ca(sign)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: authority: .*MG_PROVISION_AUTHORITY_STORE=database\nmore: provision explain \w+\n$/,
      ),
    });
  });

  it('goes on after a change of the state key', async () => {
    const next = 'ab'.repeat(32);
    expect(await shop.ca(['change-state-key'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('MG_PROVISION_NEW_STATE_KEY is not set'),
    });
    await shop.done(['change-state-key'], { env: { MG_PROVISION_NEW_STATE_KEY: next } });
    expect(await shop.ca(['show'], { env: IN_DATABASE })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: state key file provision\.db\.key: this is not the state key/),
    });
    const env = { ...IN_DATABASE, MG_PROVISION_STATE_KEY: next };
    expect((await shop.ca(['sign', '--machine', 'gateway-1', 'gateway-1.csr'], { env })).code).toBe(0);
  });
});
