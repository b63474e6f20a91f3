import type { webcrypto } from 'node:crypto';
import { type Clock, parseDuration } from '@org/domain';
import { type Certificate, CertificationRequest, Extensions, PublicKeyInfo } from 'pkijs';
import { type KeyKind, makeKeys, privateKeyPem } from './keys.js';
import {
  type AlternativeNames,
  type Subject,
  alternativeNames,
  isAddress,
  subjectName,
  subjectOf,
} from './subject.js';
import { fromPem, keyIdOf, namesIn, serialText, sign, toPem } from './x509.js';

/** The back end would not issue: a bad duration, address or request. */
export class IssueError extends Error {}

export interface Issued {
  readonly serial: string;
  readonly certificate: Certificate;
  readonly pem: string;
  readonly expiresAt: Date;
  /** Absent for certificates made from a request. */
  readonly keyPem?: string;
}

export interface Issuer {
  readonly certificate: Certificate;
  readonly key: webcrypto.CryptoKey;
  readonly keyId: ArrayBuffer;
}

const HOUR_MS = 3600e3;
const ROOT_HOURS = 87_600;
const INTERMEDIATE_HOURS = 8760;
/** The longest that Magistrala's role lets a certificate live; longer wishes are cut down to it. */
const MOST_LEAF_MS = 720 * HOUR_MS;
/** Certificates start a little in the past, for clocks that are slow. */
const BACKDATE_MS = 30e3;
const OWNER = {
  organization: ['AbstractMachines'],
  organizational_unit: ['Abstract Machines'],
  country: ['FR'],
};
/** The intermediate has these names, and every certificate gets what the intermediate has. */
const DEFAULT_NAMES: AlternativeNames = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', '::1'] };
const NO_NAMES: AlternativeNames = { dnsNames: [], ipAddresses: [] };

/** A root and an intermediate, made at the start, that stand for the OpenBao behind the certs service. */
export class Authority {
  private constructor(
    private readonly clock: Clock,
    private readonly keyKind: KeyKind,
    readonly root: Issuer,
    readonly intermediate: Issuer,
  ) {}

  static async create(clock: Clock, keyKind: KeyKind): Promise<Authority> {
    const root = await makeIssuer({
      clock,
      keyKind,
      name: 'Emulated Certificate Authority',
      hours: ROOT_HOURS,
    });
    const name = 'Emulated Certificate Authority Intermediate';
    const intermediate = await makeIssuer({ clock, keyKind, name, hours: INTERMEDIATE_HOURS, by: root });
    return new Authority(clock, keyKind, root, intermediate);
  }

  /** Intermediate first, then root. */
  chainPem(): string {
    return [this.intermediate, this.root].map(({ certificate }) => certificatePem(certificate)).join('\n');
  }

  /**
   * Makes a key and its certificate.
   *
   * @param ttl Go's duration, or seconds; empty for the longest
   * @throws IssueError
   */
  async issue(subject: Subject, names: AlternativeNames, ttl: string): Promise<Issued> {
    if (!names.ipAddresses.every(isAddress)) throw new IssueError('not an IP address');
    const lifetimeMs = readTtl(ttl);
    const keys = await makeKeys(this.keyKind);
    const publicKey = new PublicKeyInfo();
    await publicKey.importKey(keys.publicKey);
    const issued = await this.certify(subject, names, publicKey, lifetimeMs);
    return { ...issued, keyPem: privateKeyPem(keys.privateKey, this.keyKind) };
  }

  /** Certifies the key of a PEM request, with the request's own names. @throws IssueError */
  async signRequest(pem: string, ttl: string): Promise<Issued> {
    const request = readRequest(pem);
    if (!(await request.verify().catch(() => false))) throw new IssueError('bad signature on the request');
    const asked = request.attributes
      ?.filter(({ type }) => type === EXTENSION_REQUEST)
      .flatMap(({ values }) => new Extensions({ schema: values[0] }).extensions);
    const names = alternativeNames(namesIn(asked));
    return this.certify(subjectOf(request.subject), names, request.subjectPublicKeyInfo, readTtl(ttl));
  }

  private async certify(
    subject: Subject,
    names: AlternativeNames,
    publicKey: PublicKeyInfo,
    lifetimeMs: number,
  ): Promise<Issued> {
    const { notBefore, notAfter } = validity(this.clock, lifetimeMs);
    const { certificate: issuer, key, keyId } = this.intermediate;
    const draft = { issuer: issuer.subject, issuerKeyId: keyId, publicKey, notBefore, notAfter, isCa: false };
    const certificate = await sign(
      { ...draft, subject: subjectName(subject), names: withDefaults(names) },
      key,
    );
    return {
      certificate,
      serial: serialText(certificate),
      pem: certificatePem(certificate),
      expiresAt: notAfter,
    };
  }
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

interface IssuerPlan {
  readonly clock: Clock;
  readonly keyKind: KeyKind;
  readonly name: string;
  readonly hours: number;
  /** Absent for a root, which signs itself. */
  readonly by?: Issuer;
}

async function makeIssuer({ clock, keyKind, name, hours, by }: IssuerPlan): Promise<Issuer> {
  const keys = await makeKeys(keyKind);
  const publicKey = new PublicKeyInfo();
  await publicKey.importKey(keys.publicKey);
  const keyId = await keyIdOf(publicKey);
  const subject = subjectName({ ...OWNER, common_name: name });
  const certificate = await sign(
    {
      subject,
      issuer: by?.certificate.subject ?? subject,
      issuerKeyId: by?.keyId ?? keyId,
      publicKey,
      ...validity(clock, hours * HOUR_MS),
      names: by ? DEFAULT_NAMES : NO_NAMES,
      isCa: true,
    },
    by?.key ?? keys.privateKey,
  );
  return { certificate, key: keys.privateKey, keyId };
}

const certificatePem = (certificate: Certificate) => toPem('CERTIFICATE', certificate.toSchema().toBER());

/** X.509 times have whole seconds. */
function validity(clock: Clock, lifetimeMs: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Math.floor(clock.now() / 1000) * 1000;
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + lifetimeMs) };
}

function readTtl(ttl: string): number {
  if (ttl === '') return MOST_LEAF_MS;
  const wished = /^\d+$/.test(ttl) ? Number(ttl) * 1000 : parseDuration(ttl);
  if (wished === undefined) throw new IssueError('not a duration');
  return wished === 0 ? MOST_LEAF_MS : Math.min(Math.floor(wished / 1000) * 1000, MOST_LEAF_MS);
}

function readRequest(pem: string): CertificationRequest {
  try {
    return CertificationRequest.fromBER(fromPem(pem) ?? new ArrayBuffer(0));
  } catch (cause) {
    throw new IssueError('not a certificate request', { cause });
  }
}

function withDefaults({ dnsNames, ipAddresses }: AlternativeNames): AlternativeNames {
  return {
    dnsNames: [...new Set([...dnsNames, ...DEFAULT_NAMES.dnsNames])],
    ipAddresses: [...new Set([...ipAddresses, ...DEFAULT_NAMES.ipAddresses])],
  };
}
