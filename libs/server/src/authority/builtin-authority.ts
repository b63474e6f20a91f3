import { X509Certificate } from 'node:crypto';
import { type Clock, ProvisionError, parseDuration } from '@org/domain';
import type { Config } from '@org/layout-config';
import {
  type CertificateStore,
  CrlPublisher,
  Issuer,
  type OcspAnswer,
  OcspResponder,
  type ServedCertificates,
  type StoredCrl,
  type TrustAnchors,
  answeringItself,
  chainBehind,
  issuerIdOf,
  servedCertificates,
  servedPem,
} from '@org/pki';
import type { Store } from '@org/store';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { openConfiguredAuthority } from './configured-authority.js';
import { clientProfile, deviceProfile } from './device-profile.js';
import { LogWitness } from './log-witness.js';
import { type ServerCertificate, serverCertificate } from './server-certificate.js';

/** Milliseconds between looks for certificates whose signing was interrupted. */
const RECONCILE_EVERY_MS = 60_000;

/** This product's own authority, as the use cases and the apps need it. */
export interface BuiltinAuthority {
  /** Of the profiles `device`, by default, and `client`. */
  readonly issuer: Issuer;
  readonly store: CertificateStore;
  /** The certificate that issues, DER. */
  readonly certificate: Buffer;
  /** The authorities that issue and issued; what leads from one to the other. */
  anchors(): TrustAnchors;
  /** What devices and services are to trust now: current and previous chains, and what leads from one to the other. */
  served(): ServedCertificates;
  servedPem(): string;
  /** What goes behind a certificate of this authority, as `chainBehind` of @org/pki; DER or PEM. */
  chainBehind(certificate: string | Uint8Array): ServedCertificates;
  /** @param issuerId lower-case hex; the current authority's when undefined. @returns undefined for an unknown one */
  crl(issuerId?: string): Promise<StoredCrl | undefined>;
  ocsp(request: Uint8Array): Promise<OcspAnswer>;
  /** Milliseconds since 1970: when the certificate that issues ends. */
  readonly notAfter: number;
  /**
   * Key and certificate for a TLS server of this product: the same for all who ask for the same names, until it is to be
   * renewed. The key is kept sealed in the database.
   *
   * @throws ProvisionError invalid `server_name_invalid` for what is neither a host name nor an IP address
   */
  serverCertificate(request: { readonly names: readonly string[] }): Promise<ServerCertificate>;
  close(): void;
}

interface BuiltinAuthorityOptions {
  readonly config: Config;
  readonly store: Pick<Store, 'authority' | 'certificates' | 'sealedValues'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Opens the installation's authority, or makes it at first start, and gives up certificates whose
 * signing was interrupted.
 *
 * @throws ProvisionError as `openConfiguredAuthority` does
 */
export async function openBuiltinAuthority(options: BuiltinAuthorityOptions): Promise<BuiltinAuthority> {
  const { config, clock, logger, metrics } = options;
  const { certificates: store, sealedValues: sealed } = options.store;
  const { crlIntervalMs: largeIntervalMs } = config.authority;
  const { anchors, authority, previous } = await openConfiguredAuthority(options);
  metrics.showCertificate('root', anchors.current.at(-1)!.der);
  metrics.showCertificate('issuing', authority.certificate.der);
  const all = [authority, ...previous];
  const publishers = new Map(
    all.map((each) => [
      issuerIdOf(each),
      new CrlPublisher({ authority: each, store, clock, largeIntervalMs }),
    ]),
  );
  const responder = new OcspResponder({ sources: all.map(answeringItself), store, clock });
  const profile = deviceProfile(config, authority);
  const issuer = new Issuer({
    authority,
    profiles: [profile, clientProfile(config, authority)],
    store,
    clock,
  });
  const behind = (certificate: string | Uint8Array) =>
    chainBehind(anchors, new X509Certificate(certificate), clock.now());
  await reconcile(issuer, logger);
  const timer = setInterval(() => void reconcile(issuer, logger), RECONCILE_EVERY_MS);
  timer.unref();
  const witness = new LogWitness({ authority, store, sealed, clock, logger, metrics });
  await witness.start();
  return {
    issuer,
    store,
    certificate: authority.certificate.der,
    anchors: () => anchors,
    served: () => servedCertificates(anchors, clock.now()),
    servedPem: () => servedPem(servedCertificates(anchors, clock.now())),
    chainBehind: behind,
    crl: async (issuerId = issuerIdOf(authority)) => publishers.get(issuerId)?.current(),
    ocsp: (request) => responder.respond(request),
    notAfter: authority.certificate.notAfter,
    serverCertificate: ({ names }) =>
      serverCertificate({ names, authority, addresses: profile.addresses, store, sealed, clock, behind }),
    close() {
      clearInterval(timer);
      witness.close();
    },
  };
}

async function reconcile(issuer: Issuer, logger: Logger): Promise<void> {
  try {
    const givenUp = await issuer.reconcile();
    if (givenUp.length > 0)
      logger.warn({ serials: givenUp }, 'abandoned certificates whose signing was interrupted');
  } catch (error) {
    logger.error({ err: error }, 'certificate reconciliation failed; will retry');
  }
}

/** Go duration text to milliseconds, for a certificate that is to live shorter than the profile says. */
export function lifetimeOf(ttl: string): number {
  const ms = parseDuration(ttl);
  if (ms !== undefined && ms > 0) return ms;
  throw new ProvisionError({
    kind: 'invalid',
    code: 'invalid_ttl',
    message: 'ttl must be a duration above zero, such as 720h',
  });
}
