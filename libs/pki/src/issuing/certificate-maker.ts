import { invalid, ProvisionError } from '@org/domain';
import { issuerIdOf, type Authority } from '../authority/authority.js';
import { type CertificateRequest, fingerprint } from '@org/x509';
import type { DeviceProfile } from '../profile/device-profile.js';
import { grant, type Grant, type Grantee, type SubjectRule } from '../profile/grant.js';
import { newSerial } from '@org/x509/encoding';
import type { IssuanceIntent, SignedCertificate } from '../store/certificate-store.js';
import { signedStructure } from '../authority/certify.js';
import { CertificateTemplate } from './template.js';

export interface PrepareOptions {
  readonly request: CertificateRequest;
  /** Becomes the common name: 1 to 64 printable characters. */
  readonly machineId: string;
  /** Default: `must_match`. */
  readonly subject?: SubjectRule;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Shorter than the profile's, in milliseconds. Default: the profile's. */
  readonly lifetimeMs?: number;
}

/** One profile by one authority: decides what a certificate says, and signs it. Keeps no record; `Issuer` does. */
export class CertificateMaker {
  readonly #profile: DeviceProfile;
  readonly #authority: Authority;
  readonly #template: CertificateTemplate;
  readonly #issuerId: string;

  constructor(profile: DeviceProfile, authority: Authority) {
    this.#profile = profile;
    this.#authority = authority;
    this.#template = new CertificateTemplate(profile, authority);
    this.#issuerId = issuerIdOf(authority);
  }

  /**
   * What of a request would be granted; `prepare` asks no more of it.
   * @throws ProvisionError invalid: `csr_key_of_authority` and what `grant` throws
   */
  check(request: CertificateRequest, grantee: Grantee): Grant {
    if (request.publicKey.equals(this.#authority.certificate.publicKey)) {
      throw invalid('csr_key_of_authority', "The request is for the authority's own key.");
    }
    return grant(this.#profile, request, grantee);
  }

  /**
   * Decides everything but the signature.
   * @throws ProvisionError invalid: `machine_id_missing`, `name_part_malformed`, `lifetime_invalid` and what `check`
   * throws; unavailable: `authority_expired`
   */
  prepare({
    request,
    machineId,
    subject = 'must_match',
    now,
    lifetimeMs = this.#profile.lifetimeMs,
  }: PrepareOptions): IssuanceIntent {
    if (machineId === '') throw invalid('machine_id_missing', 'A certificate needs the id of the machine.');
    const granted = this.check(request, { machineId, subject });
    const serial = newSerial();
    const { notBefore, notAfter } = this.#validity(now, lifetimeMs);
    const tbs = this.#template.fill({ serial, notBefore, notAfter, machineId, request, grant: granted });
    return {
      serial: serial.toString('hex'),
      issuerId: this.#issuerId,
      profile: this.#profile.name,
      machineId,
      keyFingerprint: request.keyFingerprint,
      notBefore,
      notAfter,
      tbs,
      recordedAt: now,
    };
  }

  /** Signs what `prepare` decided; the intent must be on record by then. */
  async sign({ serial, tbs }: IssuanceIntent, now: () => number): Promise<SignedCertificate> {
    const { signer } = this.#authority;
    const certificate = signedStructure(signer.algorithm, tbs, await signer.sign(tbs));
    return { serial, certificate, fingerprint: fingerprint(certificate), at: now() };
  }

  /** Whole seconds, within the authority's own validity. */
  #validity(now: number, lifetimeMs: number): { notBefore: number; notAfter: number } {
    const { certificate } = this.#authority;
    if (now > certificate.notAfter || now < certificate.notBefore) {
      throw new ProvisionError({
        kind: 'unavailable',
        code: 'authority_expired',
        message: 'The authority cannot issue: its own certificate has expired, or is not valid yet.',
      });
    }
    if (!(lifetimeMs >= 1000 && lifetimeMs <= this.#profile.lifetimeMs)) {
      throw invalid(
        'lifetime_invalid',
        'The lifetime asked for is longer than the profile allows, or under a second.',
        {
          details: { maxMs: this.#profile.lifetimeMs },
        },
      );
    }
    const backdateMs = Math.min(this.#profile.backdateMs, lifetimeMs / 10);
    return {
      notBefore: Math.max(wholeSeconds(now - backdateMs), certificate.notBefore),
      notAfter: Math.min(wholeSeconds(now + lifetimeMs), certificate.notAfter),
    };
  }
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;
