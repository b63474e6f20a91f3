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
  answeringItself,
  certificatePem,
  issuerIdOf,
  servedCertificates,
  servedPem,
} from '@org/pki';
import type { Logger } from '../observability/logger.js';
import { openConfiguredFolder } from './configured-folder.js';
import { clientProfile, deviceProfile } from './device-profile.js';
import { type ServerCertificate, issueServerCertificate } from './server-certificate.js';

/** Milliseconds between looks for certificates whose signing was interrupted. */
const RECONCILE_EVERY_MS = 60_000;

/** This product's own authority, as the use cases and the apps need it. */
export interface BuiltinAuthority {
  /** Of the profiles `device`, by default, and `client`. */
  readonly issuer: Issuer;
  readonly store: CertificateStore;
  /** The issuing authority's certificate first, its root last, PEM. */
  readonly chainPem: string;
  /** The certificate that issues, DER. */
  readonly certificate: Buffer;
  /** What devices and services are to trust now: current and previous chains, and what leads from one to the other. */
  served(): ServedCertificates;
  servedPem(): string;
  /** @param issuerId lower-case hex; the current authority's when undefined. @returns undefined for an unknown one */
  crl(issuerId?: string): Promise<StoredCrl | undefined>;
  ocsp(request: Uint8Array): Promise<OcspAnswer>;
  /** Milliseconds since 1970: when the certificate that issues ends. */
  readonly notAfter: number;
  /**
   * A new key and certificate for a TLS server of this product; on record, but the key is in memory only.
   *
   * @throws ProvisionError invalid `server_name_invalid` for what is neither a host name nor an IP address
   */
  serverCertificate(request: { readonly names: readonly string[] }): Promise<ServerCertificate>;
  close(): void;
}

export interface BuiltinAuthorityOptions {
  readonly config: Config;
  readonly store: CertificateStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens the authority of the configured folder, or makes it at first start, and gives up certificates whose
 * signing was interrupted.
 *
 * @throws ProvisionError as `openConfiguredFolder` does
 */
export async function openBuiltinAuthority({
  config,
  store,
  clock,
  logger,
}: BuiltinAuthorityOptions): Promise<BuiltinAuthority> {
  const { anchors, authority, previous } = await openConfiguredFolder({ config, clock, logger });
  const all = [authority, ...previous];
  const publishers = new Map(
    all.map((each) => [issuerIdOf(each), new CrlPublisher({ authority: each, store, clock })]),
  );
  const responder = new OcspResponder({ sources: all.map(answeringItself), store, clock });
  const profile = deviceProfile(config, authority);
  const issuer = new Issuer({
    authority,
    profiles: [profile, clientProfile(config, authority)],
    store,
    clock,
  });
  await reconcile(issuer, logger);
  const timer = setInterval(() => void reconcile(issuer, logger), RECONCILE_EVERY_MS);
  timer.unref();
  return {
    issuer,
    store,
    chainPem: [authority.certificate, ...authority.chain].map(({ der }) => certificatePem(der)).join(''),
    certificate: authority.certificate.der,
    served: () => servedCertificates(anchors, clock.now()),
    servedPem: () => servedPem(servedCertificates(anchors, clock.now())),
    crl: async (issuerId = issuerIdOf(authority)) => publishers.get(issuerId)?.current(),
    ocsp: (request) => responder.respond(request),
    notAfter: authority.certificate.notAfter,
    serverCertificate: ({ names }) =>
      issueServerCertificate({ names, authority, addresses: profile.addresses, store, clock }),
    close: () => clearInterval(timer),
  };
}

async function reconcile(issuer: Issuer, logger: Logger): Promise<void> {
  try {
    const givenUp = await issuer.reconcile();
    if (givenUp.length > 0)
      logger.warn({ serials: givenUp }, 'gave up certificates whose signing was interrupted');
  } catch (error) {
    logger.error({ err: error }, 'trouble: reconciling certificates');
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
