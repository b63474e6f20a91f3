import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import {
  Enrolment,
  IdentityStore,
  KEY_KINDS,
  Pkcs11KeyStore,
  type Pkcs11Options,
  Renewal,
  nodeFileSystem,
  requestFor,
} from '../../src/index.js';
import { keyStoreContract } from '../../src/testing/index.js';
import { DAY, NOW, TestAuthority, TestClock } from '../support/authority.js';
import { pathsIn } from '../support/device.js';
import { FakeServer } from '../support/fake-server.js';
import { aFolder } from '../support/folder.js';
import { aSoftHsm } from '../support/soft-hsm.js';
import { killedAtEveryStep, stopping } from '../support/stopping.js';

const at = (options: Pkcs11Options): Pkcs11KeyStore => new Pkcs11KeyStore(options);

keyStoreContract(
  'a PKCS#11 token',
  async () => {
    const { options } = await aSoftHsm();
    return { store: at(options), reopen: async () => at(options), close: async () => undefined };
  },
  { kinds: KEY_KINDS },
);

async function promoted(store: Pkcs11KeyStore): Promise<string> {
  const { fingerprint } = await store.prepare('P-256');
  await store.promote(fingerprint);
  return fingerprint;
}

describe('keys in a PKCS#11 token', () => {
  it.each(KEY_KINDS)('cannot leave it: %s', async (kind) => {
    const { options, privateKeys } = await aSoftHsm();
    const { pem } = await at(options).prepare(kind);
    expect(pem).toBeUndefined();
    const [key, ...others] = privateKeys();
    expect(others).toEqual([]);
    expect(key).toMatch(/label: +provision-agent/);
    expect(key).toMatch(/Usage: .*sign/);
    expect(key).toMatch(/Access: +sensitive, always sensitive, never extractable, local/);
  });

  it('leave nothing in the token when they are replaced, discarded, destroyed', async () => {
    const { options, privateKeys } = await aSoftHsm();
    const store = at(options);
    await promoted(store);
    await promoted(store);
    expect(privateKeys()).toHaveLength(1);
    await store.prepare('P-256');
    await store.prepare('RSA-2048');
    expect(privateKeys()).toHaveLength(2);
    await store.discardNext();
    expect(privateKeys()).toHaveLength(1);
    await store.destroy();
    expect(privateKeys()).toHaveLength(0);
    expect(existsSync(options.notePath)).toBe(false);
  });

  it('stay, when others are in the same token', async () => {
    const { options, privateKeys } = await aSoftHsm();
    const other = { ...options, notePath: `${options.notePath}.other` };
    const theirs = await promoted(at(other));
    await promoted(at(options));
    await at(options).destroy();
    expect(privateKeys()).toHaveLength(1);
    expect((await at(other).current())?.fingerprint).toBe(theirs);
  });

  it('are missed when someone has removed them', async () => {
    const { options, pkcs11Tool } = await aSoftHsm();
    const store = at(options);
    await promoted(store);
    const key = (await store.current())!;
    const { current } = JSON.parse(readFileSync(options.notePath, 'utf8')) as { current: { id: string } };
    pkcs11Tool('--delete-object', '--type', 'privkey', '--id', current.id);
    await expect(key.signer.sign(Buffer.from('x'))).rejects.toMatchObject({ code: 'key_missing' });
    pkcs11Tool('--delete-object', '--type', 'pubkey', '--id', current.id);
    expect(await at(options).current()).toBeUndefined();
  });

  it('have their old one until the new one is there, whenever the process is killed', async () => {
    const { options, privateKeys } = await aSoftHsm();
    let old = '';
    await killedAtEveryStep(
      async (countdown) => {
        old = (await at(options).current())?.fingerprint ?? (await promoted(at(options)));
        const store = at({ ...options, files: stopping(nodeFileSystem(), countdown) });
        await promoted(store);
      },
      async () => {
        const [current, next] = [await at(options).current(), await at(options).next()];
        expect(current).toBeDefined();
        if (current!.fingerprint !== old) expect(next).toBeUndefined();
        const again = await at(options).prepare('P-256');
        if (next) expect(again.fingerprint).toBe(next.fingerprint);
        await at(options).promote(again.fingerprint);
        expect((await at(options).current())!.fingerprint).toBe(again.fingerprint);
        expect(privateKeys()).toHaveLength(1);
      },
    );
  });
});

describe('a token that does not work', () => {
  it('locks no one out: a wrong PIN is tried once', async () => {
    const { options } = await aSoftHsm();
    const store = at({ ...options, pin: new Secret('wrong-pin') });
    const refused = {
      kind: 'invalid',
      code: 'token_pin_refused',
      message: expect.not.stringContaining('wrong-pin'),
    };
    await expect(store.prepare('P-256')).rejects.toMatchObject(refused);
    // The right one would do by now; it is not known to be right.
    const env = { ...options.env, PATH: '/nowhere' };
    await expect(store.prepare('P-256')).rejects.toMatchObject(refused);
    await expect(at({ ...options, env, pin: new Secret('x') }).prepare('P-256')).rejects.toMatchObject({
      code: 'token_unavailable',
    });
    await expect(at(options).prepare('P-256')).resolves.toBeDefined();
  });

  it.each<[string, Partial<Pkcs11Options>, RegExp]>([
    ['no OpenSC', { program: '/nowhere/pkcs11-tool' }, /install OpenSC/],
    ['no library', { module: '/nowhere/libtoken.so' }, /nowhere.libtoken\.so is not the library/],
    ['no such token', { token: 'another' }, /plug it in, or correct the label/],
  ])('%s: says what to do, and can be tried again', async (_, change, text) => {
    const { options } = await aSoftHsm();
    await expect(at({ ...options, ...change }).prepare('P-256')).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'token_unavailable',
      message: expect.stringMatching(text),
    });
  });

  it('keeps no one from giving the identity up; its keys go when it is back', async () => {
    const { options, privateKeys } = await aSoftHsm();
    await promoted(at(options));
    const away = { ...options, token: 'away' };
    await at(away).destroy();
    expect(await at(away).current()).toBeUndefined();
    expect(privateKeys()).toHaveLength(1);
    await at(options).prepare('P-256');
    expect(privateKeys()).toHaveLength(1);
    await at(options).destroy();
    expect(privateKeys()).toHaveLength(0);
  });

  it('a note that cannot be read is an error, but for who gives the identity up', async () => {
    const { options } = await aSoftHsm();
    await promoted(at(options));
    for (const text of [
      '',
      '{}',
      '{"version":1,"gone":["../x"]}',
      '{"version":1,"gone":[],"next":{"id":"00"}}',
    ]) {
      writeFileSync(options.notePath, text);
      await expect(at(options).current()).rejects.toMatchObject({ code: 'key_unreadable' });
    }
    await at(options).destroy();
    expect(await at(options).current()).toBeUndefined();
  });

  it('no one reads the PIN off a command line', async () => {
    const { options } = await aSoftHsm();
    const log = join(aFolder(), 'arguments');
    const program = join(aFolder(), 'pkcs11-tool');
    writeFileSync(program, `#!/bin/sh\necho "$@" >> ${log}\nexec pkcs11-tool "$@"\n`);
    chmodSync(program, 0o755);
    await promoted(at({ ...options, program }));
    const said = readFileSync(log, 'utf8');
    expect(said).toContain('--keypairgen');
    expect(said).not.toContain(options.pin.reveal());
  });

  it('is asked for a key that a certificate request of OpenSSL can be checked with', async () => {
    const { options } = await aSoftHsm();
    const csr = await requestFor(await at(options).prepare('P-256'), 'machine-1');
    const said = execFileSync('openssl', ['req', '-verify', '-noout', '-subject'], {
      input: csr,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(said).toMatch(/CN\s*=\s*machine-1/);
  });
});

it('a device with a token enrols, renews, and gives its identity up', async () => {
  const { options, privateKeys } = await aSoftHsm();
  const { files } = options;
  const authority = await TestAuthority.make();
  const client = new FakeServer(authority);
  const clock = new TestClock();
  authority.clock.now = clock.now;
  const store = new IdentityStore({ paths: pathsIn(aFolder()), keys: at(options), files });
  const enrolment = new Enrolment({ store, client, clock, device: {} });
  client.approve((await enrolment.begin()).code);
  expect(await enrolment.step()).toMatchObject({ state: 'provisioned', machineId: 'machine-1' });
  const first = (await store.report(NOW)).identity!;
  clock.time = NOW + 70 * DAY;
  const renewal = new Renewal({ store, client, clock, connections: { test: async () => undefined } });
  expect((await renewal.attempt()).attempt).toMatchObject({ outcome: 'renewed' });
  const { identity } = await store.report(clock.now());
  expect(identity!.machineId).toBe('machine-1');
  expect(identity!.key.fingerprint).not.toBe(first.key.fingerprint);
  expect(privateKeys()).toHaveLength(1);
  await store.remove();
  expect(privateKeys()).toHaveLength(0);
});
