import { type Clock, ProvisionError, type RevocationReason, systemClock } from '@org/domain';
import type { IssuingAuthority } from '../authority/authority.js';
import { certificatePem, type CertificateRequest, type ParsedCertificate } from '@org/x509';
import type { DeviceProfile } from '../profile/device-profile.js';
import type { Grantee, SubjectRule } from '../profile/grant.js';
import type {
  CertificateQuery,
  CertificateRecord,
  CertificateStore,
  IssuanceIntent,
  SignedCertificate,
} from '../store/certificate-store.js';
import { CertificateMaker } from './certificate-maker.js';
import { GroupCommit } from './group-commit.js';

export interface IssuerOptions {
  readonly authority: IssuingAuthority;
  readonly profiles: readonly DeviceProfile[];
  readonly store: CertificateStore;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
}

export interface IssueOptions {
  readonly request: CertificateRequest;
  /** Becomes the common name: 1 to 64 printable characters. */
  readonly machineId: string;
  /** Default: `must_match`. */
  readonly subject?: SubjectRule;
  /** Name of the profile. Default: the first one. */
  readonly profile?: string;
  /** Shorter than the profile's, in milliseconds. Default: the profile's. */
  readonly lifetimeMs?: number;
}

export interface IssuedCertificate {
  /** Lower-case hex, as in records. */
  readonly serial: string;
  /** DER. */
  readonly certificate: Buffer;
  readonly pem: string;
  /** The issuing authority first, the root last. */
  readonly chain: readonly ParsedCertificate[];
  /** Lower-case hex SHA-256 of the DER. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** How long an intent may stay open before it counts as given up; longer than any signer takes. */
const DEFAULT_GRACE_MS = 5 * 60e3;
const PAGE = 500;

/** Issues, renews and revokes device certificates. Each is on record before it is signed, and once more before it is handed out. */
export class Issuer {
  readonly #store: CertificateStore;
  readonly #now: () => number;
  readonly #chain: readonly ParsedCertificate[];
  readonly #makers: ReadonlyMap<string, CertificateMaker>;
  readonly #defaultProfile: string | undefined;
  readonly #intents: GroupCommit<IssuanceIntent>;
  readonly #signed: GroupCommit<SignedCertificate>;

  constructor({ authority, profiles, store, clock = systemClock }: IssuerOptions) {
    this.#store = store;
    this.#now = () => clock.now();
    this.#chain = [authority.certificate, ...authority.chain];
    this.#makers = new Map(
      profiles.map((profile) => [profile.name, new CertificateMaker(profile, authority)]),
    );
    this.#defaultProfile = profiles[0]?.name;
    this.#intents = new GroupCommit((intents) => store.recordIntents(intents));
    this.#signed = new GroupCommit((signed) => store.recordSigned(signed));
  }

  /**
   * Also renews: the machine's other certificates stay valid until this one is used (`confirmUsed`).
   *
   * @throws ProvisionError invalid: `profile_unknown`, and what `CertificateMaker.prepare` throws; unavailable:
   * `authority_expired`; and what the store throws. After an error nothing was handed out.
   */
  async issue({ profile, ...options }: IssueOptions): Promise<IssuedCertificate> {
    const maker = this.#maker(profile);
    const intent = maker.prepare({ ...options, now: this.#now() });
    await this.#intents.add(intent);
    const signed = await maker.sign(intent, this.#now);
    await this.#signed.add(signed);
    const { serial, notBefore, notAfter } = intent;
    const { certificate, fingerprint } = signed;
    return {
      serial,
      certificate,
      pem: certificatePem(certificate),
      chain: this.#chain,
      fingerprint,
      notBefore,
      notAfter,
    };
  }

  /**
   * Refuses what `issue` would refuse a request for, before there is a machine to issue to.
   *
   * @throws ProvisionError invalid: what `CertificateMaker.check` throws
   */
  check(request: CertificateRequest, grantee: Grantee): void {
    this.#maker().check(request, grantee);
  }

  /** Name of the profile that `issue` takes when it is told none. */
  get defaultProfile(): string | undefined {
    return this.#defaultProfile;
  }

  #maker(profile = this.#defaultProfile): CertificateMaker {
    const maker = this.#makers.get(profile ?? '');
    if (maker) return maker;
    throw new ProvisionError({
      kind: 'invalid',
      code: 'profile_unknown',
      message: 'There is no certificate profile of this name.',
      details: { profiles: [...this.#makers.keys()] },
    });
  }

  /**
   * @returns false when it was revoked (or given up) before; the first reason and time stay
   * @throws ProvisionError not_found `certificate_unknown`
   */
  async revoke(serial: string, reason: RevocationReason = 'unspecified'): Promise<boolean> {
    const { serial: known } = await this.#find(serial);
    return (await this.#store.recordRevoked([{ serial: known, reason, at: this.#now() }])).length > 0;
  }

  /**
   * Revokes everything a machine has that has not expired; for `keyCompromise` also what has, as the key outlives it.
   *
   * @returns the serials that were revoked
   */
  async revokeMachine(machineId: string, reason: RevocationReason = 'unspecified'): Promise<string[]> {
    const which = reason === 'keyCompromise' ? {} : { expiresFrom: this.#now() };
    return this.#revokeAll(await this.#all({ machineId, ...which }), reason);
  }

  /**
   * To be called when a machine has shown a certificate (TLS client authentication, a signed request): what the same
   * machine was given earlier from the same profile is then revoked as superseded. Cheap when called again.
   *
   * @param renewableMs how long after its end a certificate still counts, where it may be renewed late; default 0
   * @returns the serials that were revoked
   * @throws ProvisionError not_found `certificate_unknown`; conflict `certificate_revoked`
   */
  async confirmUsed(serial: string, renewableMs = 0): Promise<string[]> {
    const used = await this.#find(serial);
    if (used.state !== 'signed') {
      throw new ProvisionError({
        kind: 'conflict',
        code: 'certificate_revoked',
        message: 'The certificate is revoked.',
      });
    }
    if (used.usedAt !== undefined) return [];
    const { machineId, profile } = used;
    const all = await this.#all({ machineId, profile, expiresFrom: this.#now() - renewableMs });
    const place = all.findIndex((each) => each.serial === serial);
    const revoked = await this.#revokeAll(all.slice(0, Math.max(place, 0)), 'superseded');
    // Last, so that a crash in between makes the next use do it again.
    await this.#store.recordUsed(serial, this.#now());
    return revoked;
  }

  /**
   * Gives up one that was to be signed, for the signer to learn (`not_intended`) that it will not be handed out.
   *
   * @returns false when its signature is on record already, or it was revoked or given up before
   */
  async giveUp(serial: string): Promise<boolean> {
    return (await this.#store.recordUnsigned([serial], this.#now())).length > 0;
  }

  /**
   * Gives up what was to be signed but whose signature never came on record, as after a crash. Call it at start and
   * now and then. The serials stay taken and count as revoked, so a signature that may exist is worth nothing.
   *
   * @param graceMs age in milliseconds from which an intent counts as abandoned; default five minutes, for the sake of
   * other replicas that are issuing now
   * @returns the serials that were given up
   */
  async reconcile(graceMs = DEFAULT_GRACE_MS): Promise<string[]> {
    const at = this.#now();
    const recordedBefore = at - graceMs + 1;
    const open = await this.#all({ state: 'intended', recordedBefore });
    const changed: string[] = [];
    for (let start = 0; start < open.length; start += PAGE) {
      const serials = open.slice(start, start + PAGE).map(({ serial }) => serial);
      changed.push(...(await this.#store.recordUnsigned(serials, at)));
    }
    return changed;
  }

  async #find(serial: string): Promise<CertificateRecord> {
    const [record] = await this.#store.find([serial]);
    if (record) return record;
    throw new ProvisionError({
      kind: 'not_found',
      code: 'certificate_unknown',
      message: 'No certificate with this serial is on record.',
    });
  }

  async #all(query: CertificateQuery): Promise<CertificateRecord[]> {
    const records: CertificateRecord[] = [];
    let after: string | undefined;
    do {
      const page = await this.#store.list({
        ...query,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      records.push(...page.records);
      after = page.next;
    } while (after !== undefined);
    return records;
  }

  #revokeAll(records: readonly CertificateRecord[], reason: RevocationReason): Promise<string[]> {
    const at = this.#now();
    return this.#store.recordRevoked(records.map(({ serial }) => ({ serial, reason, at })));
  }
}
