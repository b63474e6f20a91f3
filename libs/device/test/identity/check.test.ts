import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Authority, DeviceProfile, createIssuingAuthority, createRoot, crossSign } from '@org/pki';
import { certificatePem, generateKey, keySigner } from '@org/x509';
import {
  FileKeyStore,
  type Issued,
  type StoredKey,
  type Trust,
  checkIssued,
  nodeFileSystem,
} from '../../src/index.js';
import { DAY, HOUR, MINUTE, NOW, TestAuthority, aRoot } from '../support/authority.js';
import { csrOf } from '../support/device.js';
import { aFolder } from '../support/folder.js';

let authority: TestAuthority;
let key: StoredKey;
let issued: Issued;
let pinned: Trust;

const aKey = (): Promise<StoredKey> => new FileKeyStore(`${aFolder()}/k`, nodeFileSystem()).prepare('P-256');

beforeAll(async () => {
  authority = await TestAuthority.make();
  key = await aKey();
  issued = await authority.issue(await csrOf(key));
  pinned = { kind: 'pinned', roots: [authority.root.certificate] };
});

const check = (options: Partial<Parameters<typeof checkIssued>[0]> = {}) =>
  checkIssued({ issued, keyFingerprint: key.fingerprint, trust: pinned, now: NOW, ...options });

const codeOf = (options: Partial<Parameters<typeof checkIssued>[0]>): string => {
  try {
    check(options);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('what a server sends', () => {
  it('is taken when key, name, chain and dates are right', () => {
    const { machineId, files } = check({ machineId: 'machine-1' });
    expect(machineId).toBe('machine-1');
    expect(files.cert).toBe(issued.certificate);
    expect(files.caBundle).toBe(issued.caBundle[0]);
    expect(files.root).toBe(issued.root);
  });

  it('is refused when the key is not the one that was asked for', async () => {
    expect(codeOf({ keyFingerprint: (await aKey()).fingerprint })).toBe('issued_for_another_key');
  });

  it('is refused for another machine', () => {
    expect(codeOf({ machineId: 'machine-2' })).toBe('issued_for_another_machine');
    expect(codeOf({ machineId: 'machine-1 ' })).toBe('issued_for_another_machine');
  });

  it('is refused when it is good for servers only', async () => {
    const forServers = new DeviceProfile({ name: 'server', clientAuth: false, serverAuth: true });
    const issued = await authority.issue(await csrOf(key), 'machine-1', DAY, forServers);
    expect(codeOf({ issued })).toBe('certificate_purpose');
  });

  it('is refused out of date, a slow clock allowed for', () => {
    expect(codeOf({ now: NOW + 91 * DAY })).toBe('certificate_expired');
    // The authority backdates by an hour; five more minutes are forgiven.
    expect(codeOf({ now: NOW - HOUR - 4 * MINUTE })).toBe('accepted');
    expect(codeOf({ now: NOW - HOUR - 6 * MINUTE })).toBe('certificate_not_yet_valid');
  });

  it('is refused when it is rubbish', () => {
    for (const certificate of [
      '',
      'rubbish',
      '{}',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    ]) {
      expect(codeOf({ issued: { ...issued, certificate } })).toBe('issued_unreadable');
    }
    expect(codeOf({ issued: { ...issued, caBundle: ['x'] } })).toBe('issued_unreadable');
    expect(codeOf({ issued: { ...issued, root: '' } })).toBe('accepted');
  });

  it('is refused when the chain has a hole, or the root is not the pinned one', async () => {
    expect(codeOf({ issued: { ...issued, caBundle: [] } })).toBe('chain_incomplete');
    const other: Trust = { kind: 'pinned', roots: [(await aRoot('Another')).certificate] };
    expect(codeOf({ trust: other })).toBe('root_not_trusted');
    expect(codeOf({ trust: other, issued: { ...issued, root: '' } })).toBe('chain_incomplete');
  });

  it('is refused when its certificate is that of an authority for the same key', async () => {
    const pem = certificatePem(authority.issuing.certificate.der);
    expect(codeOf({ issued: { ...issued, certificate: pem } })).toBe('issued_for_another_key');
  });

  it('may bring its root at first use, and must bring the right one where a fingerprint is known', () => {
    expect(check({ trust: { kind: 'first_use' } }).files.root).toBe(issued.root);
    const sha256 = authority.root.certificate.fingerprint;
    expect(check({ trust: { kind: 'fingerprint', sha256 } }).files.root).toBe(issued.root);
    expect(codeOf({ trust: { kind: 'fingerprint', sha256: '0'.repeat(64) } })).toBe('root_not_trusted');
    expect(codeOf({ trust: { kind: 'first_use' }, issued: { ...issued, root: '' } })).toBe(
      'root_not_trusted',
    );
  });
});

describe('a new root', () => {
  const terms = { now: NOW - DAY, lifetimeMs: 1000 * DAY };
  let successor: TestAuthority;
  let fromSuccessor: Issued;

  beforeAll(async () => {
    successor = await TestAuthority.make(undefined, await aRoot('Successor'));
    fromSuccessor = await successor.issue(await csrOf(key));
  });

  it('is taken over when a known root vouches for it, and the old one is kept', async () => {
    const bridge = await crossSign(authority.root, successor.root.certificate, terms);
    const caBundle = [...fromSuccessor.caBundle, certificatePem(bridge.der)];
    const { files } = check({ issued: { ...fromSuccessor, caBundle } });
    expect(files.root).toContain(authority.rootPem);
    expect(files.root).toContain(successor.rootPem);
  });

  it('is refused when only it vouches for itself', async () => {
    expect(codeOf({ issued: fromSuccessor })).toBe('root_not_trusted');
    const bridge = await crossSign(await aRoot('Stranger'), successor.root.certificate, terms);
    const caBundle = [...fromSuccessor.caBundle, certificatePem(bridge.der)];
    expect(codeOf({ issued: { ...fromSuccessor, caBundle } })).toBe('root_not_trusted');
  });

  it('is refused when an authority that may only certify devices makes itself one', async () => {
    const signer = keySigner(await generateKey());
    const subject = { commonName: 'Ambitious' };
    const humble = await createIssuingAuthority(authority.root, signer, { subject, ...terms });
    const crowned: Authority = await createRoot(signer, { subject, ...terms });
    const offered: Issued = {
      ...issued,
      caBundle: [...issued.caBundle, certificatePem(humble.certificate.der)],
      root: authority.rootPem + certificatePem(crowned.certificate.der),
    };
    const { files } = check({ issued: offered });
    expect(files.root).toBe(authority.rootPem);
  });
});
