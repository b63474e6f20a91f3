import { hash } from 'node:crypto';
import { ProvisionError, systemClock, type Clock } from '@org/domain';
import type { Authority } from '../authority/authority.js';
import { keyBits } from '@org/x509/encoding';
import type { CertificateRecord, CertificateStore } from '../store/certificate-store.js';
import type { ParsedCertificate } from '@org/x509';
import { readOcspRequest, type CertId, type CertIdHash } from './request.js';
import {
  ocspError,
  signOcspResponse,
  type CertStatus,
  type OcspSigner,
  type OcspStatus,
} from './response.js';

/** An authority about whose certificates there are answers. */
export interface OcspSource {
  /** The authority's certificate. */
  readonly issuer: ParsedCertificate;
  /** The authority's own signer, or one from `createOcspDelegate`. */
  readonly signer: OcspSigner;
}

/** The authority answers for itself. */
export const answeringItself = ({ certificate, signer }: Authority): OcspSource => ({
  issuer: certificate,
  signer: { signer },
});

export interface OcspResponderOptions {
  /** The current authority and those before it. */
  readonly sources: readonly OcspSource[];
  readonly store: CertificateStore;
  /** From thisUpdate to nextUpdate, in milliseconds: how long an answer may be kept. Default one hour. */
  readonly validityMs?: number;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
}

export interface OcspAnswer {
  readonly status: OcspStatus;
  /** DER, for a body of type application/ocsp-response. */
  readonly der: Buffer;
  /** Milliseconds since 1970; undefined for errors. */
  readonly thisUpdate?: number;
  readonly nextUpdate?: number;
  /** Whether others may be given the same answer until `nextUpdate`: it is no error, and holds no nonce. */
  readonly cacheable: boolean;
  /** What went wrong inside, with `internalError`; for logs only. */
  readonly error?: unknown;
}

const HOUR_MS = 3600e3;

/** Answers OCSP requests (RFC 6960), from the record, about any number of certificates at a time. */
export class OcspResponder {
  readonly #sources: readonly {
    readonly source: OcspSource;
    readonly id: string;
    readonly hashes: IssuerHashes;
  }[];
  readonly #store: CertificateStore;
  readonly #validityMs: number;
  readonly #now: () => number;

  constructor({ sources, store, validityMs = HOUR_MS, clock = systemClock }: OcspResponderOptions) {
    this.#sources = sources.map((source) => ({
      source,
      id: source.issuer.subjectKeyId!.toString('hex'),
      hashes: hashesOf(source.issuer),
    }));
    this.#store = store;
    this.#validityMs = validityMs;
    this.#now = () => clock.now();
  }

  /**
   * Always answers, and never throws. The first certificate of a known authority decides which one answers; certificates
   * of others in the same request are then `unknown`, as one signature cannot speak for two.
   */
  async respond(request: Uint8Array): Promise<OcspAnswer> {
    try {
      return await this.#answer(request);
    } catch (error) {
      return { ...failure('internalError'), error };
    }
  }

  async #answer(request: Uint8Array): Promise<OcspAnswer> {
    const question = readOcspRequest(request);
    if (!question) return failure('malformedRequest');
    const { certIds, nonce } = question;
    const asked = certIds.flatMap((certId) => this.#sourceOf(certId) ?? [])[0];
    // RFC 5019 2.2.3: what is asked about is none of this responder's business.
    if (!asked) return failure('unauthorized');
    const own = certIds.filter((certId) => isIssuer(asked.hashes, certId));
    const found = await this.#store.find(own.map(({ serial }) => serial));
    const records = new Map(
      found.filter(({ issuerId }) => issuerId === asked.id).map((each) => [each.serial, each]),
    );
    const answers = certIds.map((certId) => ({
      certId: certId.der,
      status: statusOf(own.includes(certId) ? records.get(certId.serial) : undefined),
    }));
    const { signer, issuer } = asked.source;
    const { thisUpdate, nextUpdate } = this.#updates(signer);
    const responder = (signer.certificate ?? issuer).subject;
    const der = await signOcspResponse(signer, { responder, answers, thisUpdate, nextUpdate, nonce });
    return { status: 'successful', der, thisUpdate, nextUpdate, cacheable: !nonce };
  }

  /** @throws ProvisionError unavailable `ocsp_delegate_expired` */
  #updates({ certificate }: OcspSigner): { thisUpdate: number; nextUpdate: number } {
    const thisUpdate = Math.floor(this.#now() / 1000) * 1000;
    const signedUntil = certificate?.notAfter ?? Infinity;
    if (thisUpdate <= signedUntil)
      return { thisUpdate, nextUpdate: Math.min(thisUpdate + this.#validityMs, signedUntil) };
    throw new ProvisionError({
      kind: 'unavailable',
      code: 'ocsp_delegate_expired',
      message: 'The certificate of the OCSP responder has expired.',
    });
  }

  #sourceOf = (certId: CertId) => this.#sources.find(({ hashes }) => isIssuer(hashes, certId));
}

const failure = (status: Exclude<OcspStatus, 'successful'>): OcspAnswer => ({
  status,
  der: ocspError(status),
  cacheable: false,
});

/** What has no certificate that was handed out is unknown, unless a signature may exist: then it is revoked. */
function statusOf(record: CertificateRecord | undefined): CertStatus {
  if (record?.revocation) return { status: 'revoked', ...record.revocation };
  return { status: record?.state === 'signed' ? 'good' : 'unknown' };
}

type IssuerHashes = ReadonlyMap<CertIdHash, { readonly name: Buffer; readonly key: Buffer }>;

function hashesOf({ subject, publicKey }: ParsedCertificate): IssuerHashes {
  const key = keyBits(publicKey);
  const each = (digest: CertIdHash) =>
    [digest, { name: hash(digest, subject, 'buffer'), key: hash(digest, key, 'buffer') }] as const;
  return new Map((['sha1', 'sha256', 'sha384', 'sha512'] as const).map(each));
}

function isIssuer(hashes: IssuerHashes, { hash: digest, issuerNameHash, issuerKeyHash }: CertId): boolean {
  const own = digest && hashes.get(digest);
  return own !== undefined && own.name.equals(issuerNameHash) && own.key.equals(issuerKeyHash);
}
