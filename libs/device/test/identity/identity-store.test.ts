import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash, createPrivateKey } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { certificatePem, readCertificate } from '@org/x509';
import { Secret } from '@org/domain';
import {
  type FileSystem,
  type Identity,
  checkIssued,
  fileError,
  machineCert,
  nodeFileSystem,
} from '../../src/index.js';
import { DAY, HOUR, MINUTE, NOW, TestAuthority } from '../support/authority.js';
import { certify, csrOf, pathsIn, provision, storeIn } from '../support/device.js';
import { aFolder, copyOf } from '../support/folder.js';
import { killedAtEveryStep, stopping } from '../support/stopping.js';

let authority: TestAuthority;
beforeAll(async () => {
  authority = await TestAuthority.make();
});

async function identityIn(folder: string, now = NOW): Promise<Identity> {
  const report = await storeIn(folder).report(now);
  if (!report.identity) throw new Error(`${report.state}: ${report.problem?.message}`);
  return report.identity;
}

describe('the identity on the disk', () => {
  it('is none, enrolling, provisioned, and later expired', async () => {
    const store = storeIn(aFolder());
    expect(await store.report(NOW)).toEqual({ state: 'none', enrolling: false });
    await store.writeNote('enrolment', '{}');
    expect(await store.report(NOW)).toEqual({ state: 'enrolling', enrolling: true });
    const { key } = await provision(store, authority);
    const report = await store.report(NOW);
    expect(report).toMatchObject({
      state: 'provisioned',
      enrolling: false,
      identity: { machineId: 'machine-1' },
    });
    expect(report.identity!.key.fingerprint).toBe(key.fingerprint);
    expect(report.identity!.intermediates).toHaveLength(1);
    expect((await store.report(NOW + 91 * DAY)).state).toBe('expired');
    expect((await store.report(NOW - DAY)).state).toBe('not_yet_valid');
    // As generous as the check before it was stored: one must not contradict the other.
    expect((await store.report(NOW - HOUR - 4 * MINUTE)).state).toBe('provisioned');
  });

  it('lies in the files of the settings, as PEM that openssl verifies', async () => {
    const folder = aFolder();
    const { csr } = await provision(storeIn(folder), authority);
    const paths = pathsIn(folder);
    expect(readFileSync(paths.csr, 'utf8')).toBe(csr);
    const at = String(NOW / 1000);
    const args = ['verify', '-attime', at, '-CAfile', paths.root, '-untrusted', paths.caBundle, paths.cert];
    expect(execFileSync('openssl', args, { encoding: 'utf8' })).toContain('OK');
    const publicKey = execFileSync('openssl', ['pkey', '-in', paths.privateKey, '-pubout'], {
      encoding: 'utf8',
    });
    const x509 = new X509Certificate(readFileSync(paths.cert));
    expect(publicKey).toBe(x509.publicKey.export({ type: 'spki', format: 'pem' }));
  });

  it('is broken, with a reason and what to do, when something is missing or wrong', async () => {
    const folder = aFolder();
    const store = storeIn(folder);
    await provision(store, authority);
    const paths = pathsIn(folder);
    const problem = async () => (await store.report(NOW)).problem;
    const key = readFileSync(paths.privateKey);
    chmodSync(paths.privateKey, 0o644);
    expect(await problem()).toMatchObject({ code: 'key_exposed' });
    rmSync(paths.privateKey);
    expect(await problem()).toMatchObject({
      code: 'key_missing',
      message: expect.stringContaining('enrol it again'),
    });
    writeFileSync(paths.privateKey, key, { mode: 0o600 });
    writeFileSync(paths.cert, 'rubbish');
    expect(await problem()).toMatchObject({ code: 'certificate_unreadable' });
    expect((await store.report(NOW)).state).toBe('broken');
    await store.remove();
    expect(await store.report(NOW)).toEqual({ state: 'none', enrolling: false });
  });

  it('is one of the two whole ones whenever the process is killed while a new one is put in', async () => {
    let folder = '';
    const seen = new Set<string>();
    const template = aFolder();
    await provision(storeIn(template), authority, 'machine-1');
    const { checked, csr } = await certify(
      await storeIn(template).keys.prepare('P-256'),
      authority,
      'machine-2',
    );
    await killedAtEveryStep(
      async (countdown) => {
        folder = copyOf(template);
        await storeIn(folder, stopping(nodeFileSystem(), countdown)).install(checked, { csr, notes: {} });
      },
      async () => {
        // As another process sees it, before the agent is back.
        const before = await identityIn(folder);
        await storeIn(folder).recover();
        const after = await identityIn(folder);
        expect(after.machineId).toBe(before.machineId);
        expect(after.key.fingerprint).toBe(before.key.fingerprint);
        seen.add(after.machineId);
        // The files themselves, for programs that know nothing of this library.
        const paths = pathsIn(folder);
        const x509 = new X509Certificate(readFileSync(paths.cert));
        expect(x509.subject).toBe(`CN=${after.machineId}`);
        expect(x509.checkPrivateKey(createPrivateKey(readFileSync(paths.privateKey)))).toBe(true);
        expect(readdirSync(dirname(paths.cert)).sort()).toEqual(['ca_bundle.pem', 'machine.pem', 'root.pem']);
      },
    );
    expect(seen).toEqual(new Set(['machine-1', 'machine-2']));
  });

  it('is finished later when the disk fails just as the new key takes its place', async () => {
    const folder = aFolder();
    await provision(storeIn(folder), authority, 'machine-1');
    const sound = nodeFileSystem();
    const { privateKey } = pathsIn(folder);
    const failing: FileSystem = {
      ...sound,
      rename: async (from, to) => {
        if (to === privateKey) throw fileError(to, Object.assign(new Error('EIO'), { code: 'EIO' }));
        return sound.rename(from, to);
      },
    };
    const { key } = await provision(storeIn(folder, failing), authority, 'machine-2');
    await storeIn(folder).recover();
    const { machineId, key: inPlace } = await identityIn(folder);
    expect([machineId, inPlace.fingerprint]).toEqual(['machine-2', key.fingerprint]);
    expect(await storeIn(folder).keys.current()).toMatchObject({ fingerprint: key.fingerprint });
  });

  it('is removed whole, key included, whenever the process is killed, and nothing else is', async () => {
    let folder = '';
    const template = aFolder();
    await provision(storeIn(template), authority);
    writeFileSync(join(template, 'certs', 'of-somebody-else.pem'), '');
    await killedAtEveryStep(
      async (countdown) => {
        folder = copyOf(template);
        await storeIn(folder, stopping(nodeFileSystem(), countdown)).remove();
      },
      async () => {
        const store = storeIn(folder);
        await store.recover();
        const { state } = await store.report(NOW);
        expect(['provisioned', 'none']).toContain(state);
        expect(existsSync(pathsIn(folder).privateKey)).toBe(state === 'provisioned');
        await store.remove();
        await store.remove();
        expect(readdirSync(join(folder, 'certs'))).toEqual(['of-somebody-else.pem']);
        expect(readdirSync(join(folder, 'keys'))).toEqual([]);
      },
    );
  });

  it('leaves such a root also where nothing was ever enrolled', async () => {
    const folder = aFolder();
    const { root } = pathsIn(folder);
    mkdirSync(dirname(root), { recursive: true });
    writeFileSync(root, authority.rootPem);
    const store = storeIn(folder);
    expect(await store.rootIsPinned()).toBe(true);
    await store.remove();
    expect(readFileSync(root, 'utf8')).toBe(authority.rootPem);
    const other = storeIn(aFolder());
    await provision(other, authority);
    expect(await other.rootIsPinned()).toBe(false);
  });

  it('leaves a root that the device maker had put there', async () => {
    const folder = aFolder();
    const { root } = pathsIn(folder);
    mkdirSync(dirname(root), { recursive: true });
    writeFileSync(root, authority.rootPem);
    const store = storeIn(folder);
    expect(await store.trust('0'.repeat(64))).toMatchObject({ kind: 'pinned' });
    await provision(store, authority);
    await provision(store, authority);
    await store.remove();
    expect(readFileSync(root, 'utf8')).toBe(authority.rootPem);
    writeFileSync(root, 'rubbish');
    await expect(store.trust()).rejects.toMatchObject({ code: 'certificate_unreadable' });
  });

  it('is put in, and renewed, although its root is pinned where nothing can be written', async () => {
    const folder = aFolder();
    const { root } = pathsIn(folder);
    const disk = nodeFileSystem();
    mkdirSync(dirname(root), { recursive: true });
    // As someone may write it: with another text around it.
    const pinned = `The root of the plant\n${authority.rootPem}`;
    writeFileSync(root, pinned);
    const readOnly: FileSystem = {
      ...disk,
      create: (path, content) =>
        path.startsWith(root)
          ? Promise.reject(fileError(path, Object.assign(new Error(path), { code: 'EROFS' })))
          : disk.create(path, content),
    };
    const store = storeIn(folder, readOnly);
    await provision(store, authority, 'machine-1');
    await provision(store, authority, 'machine-1');
    expect((await store.report(NOW)).state).toBe('provisioned');
    expect(readFileSync(root, 'utf8')).toBe(pinned);
    // One that has to be changed cannot be.
    const other = await TestAuthority.make();
    writeFileSync(root, authority.rootPem + other.rootPem);
    await expect(provision(store, authority)).rejects.toMatchObject({ code: 'disk_read_only' });
  });

  it('keeps what the server said about the bootstrap service, in a private file', async () => {
    const folder = aFolder();
    const store = storeIn(folder);
    expect(await store.bootstrapAccess()).toBeUndefined();
    const key = await store.keys.prepare('P-256');
    const csr = await csrOf(key);
    const bootstrap = { baseUrl: 'https://bs.example', externalId: 'a', externalKey: new Secret('sesame') };
    const issued = { ...(await authority.issue(csr)), bootstrap };
    const trust = { kind: 'first_use' } as const;
    const checked = checkIssued({ issued, keyFingerprint: key.fingerprint, trust, now: NOW });
    await store.install(checked, { csr, notes: {} });
    expect((await storeIn(folder).bootstrapAccess())!.externalKey.reveal()).toBe('sesame');
    const next = await store.keys.prepare('P-256');
    const renewed = await certify(next, authority);
    const replaces = checked.certificate.fingerprint;
    await store.install(renewed.checked, { csr: renewed.csr, notes: {}, replaces });
    expect(await store.bootstrapAccess()).toMatchObject({ externalId: 'a' });
    // Enrolled anew, as another machine.
    await provision(store, authority, 'machine-2');
    expect(await store.bootstrapAccess()).toBeUndefined();
  });
});

describe('getMachineCert', () => {
  it('has the fields of mecha-agent', async () => {
    const folder = aFolder();
    await provision(storeIn(folder), authority);
    const identity = await identityIn(folder);
    const fields = machineCert(identity);
    const x509 = new X509Certificate(readFileSync(pathsIn(folder).cert));
    expect(fields).toEqual({
      commonName: 'machine-1',
      expiry: '2031-07-30 12:00:00 UTC',
      fingerprint: createHash('sha256').update(x509.raw).digest('base64url'),
      publicCert: x509.toString().replaceAll('\n', '\r\n'),
      caBundle: Buffer.from(JSON.stringify([certificatePem(authority.issuing.certificate.der)])).toString(
        'base64url',
      ),
      rootCert: readFileSync(pathsIn(folder).root).toString('base64url'),
      serialNumber: x509.serialNumber.match(/../g)!.join(':'),
    });
  });

  it('reads what mecha-agent itself has written, and answers with it byte for byte', async () => {
    const folder = aFolder();
    await provision(storeIn(folder), authority);
    const { caBundle } = pathsIn(folder);
    const json = JSON.stringify([readFileSync(caBundle, 'utf8')]);
    writeFileSync(caBundle, json);
    const identity = await identityIn(folder);
    expect(identity.intermediates).toHaveLength(1);
    expect(machineCert(identity).caBundle).toBe(Buffer.from(json).toString('base64url'));
    writeFileSync(caBundle, '[]');
    expect(Buffer.from(machineCert(await identityIn(folder)).caBundle, 'base64url').toString()).toBe('[]');
    writeFileSync(caBundle, '[1]');
    await expect(identityIn(folder)).rejects.toThrow(/CA bundle/);
  });

  it('is an error, not the end, when bundle or root are missing', async () => {
    const folder = aFolder();
    await provision(storeIn(folder), authority);
    rmSync(pathsIn(folder).caBundle);
    const identity = await identityIn(folder);
    expect(() => machineCert(identity)).toThrow(expect.objectContaining({ code: 'identity_incomplete' }));
  });

  it('writes the serial number as the DER has it, a leading zero octet included', async () => {
    const folder = aFolder();
    await provision(storeIn(folder), authority);
    const identity = await identityIn(folder);
    const serials = { c41f02: '00:C4:1F:02', '7f00': '7F:00', '80': '00:80', '0a': '0A' };
    for (const [serial, written] of Object.entries(serials)) {
      const certificate = { ...identity.certificate, serial };
      expect(machineCert({ ...identity, certificate }).serialNumber).toBe(written);
    }
    const cert = join(folder, 'high.pem');
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=x',
    ];
    execFileSync('openssl', [...made, '-set_serial', '0x00C41F02', '-keyout', '/dev/null', '-out', cert], {
      stdio: 'ignore',
    });
    const certificate = readCertificate(readFileSync(cert));
    expect(machineCert({ ...identity, certificate }).serialNumber).toBe('00:C4:1F:02');
  });

  it('takes the first common name, in any of the usual string types and with any characters', async () => {
    for (const name of ['m-7f3a9c21', 'a+b,c=d"e\\f/g', 'Maschine Ä 1', '#x', ' lead']) {
      const folder = aFolder();
      await provision(storeIn(folder), authority, name);
      expect((await identityIn(folder)).machineId).toBe(name);
    }
  });
});
