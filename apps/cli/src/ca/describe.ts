import type { Config } from '@org/layout-config';
import { parseDuration, printable } from '@org/domain';
import type { TrustAnchors } from '@org/pki';
import type { ParsedCertificate } from '@org/x509';
import { ED25519_WARNING } from '@org/server/command-line';
import { type AuthorityStore, type KeyState, shownAnchors } from '@org/store';
import { note, print, printJson, timeText } from '../print.js';

const MONTH_MS = 30 * 86_400e3;

/** Times are ISO 8601, serials and fingerprints (SHA-256) lower-case hex. */
interface CertificateDescription {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Such as `P-256` or `RSA-3072`. */
  readonly key: string;
  readonly fingerprint: string;
  /** Of its private key, where the authority is kept. */
  readonly keyFile: KeyState;
}

interface AuthorityDescription {
  /** A folder's path, or `the database`. */
  readonly place: string;
  /** The issuing authority first, its root last. */
  readonly current: readonly CertificateDescription[];
  readonly previous: readonly {
    readonly servedUntil: string;
    readonly chain: readonly CertificateDescription[];
  }[];
  readonly crossSigned: readonly CertificateDescription[];
  readonly warnings: readonly string[];
}

/** By the certificates' fingerprints. */
type KeyStates = ReadonlyMap<string, KeyState>;

/** Opens no private key, so it needs no passphrase. */
export async function describeAuthority(
  store: AuthorityStore,
  config: Config,
  now: number,
): Promise<AuthorityDescription> {
  const anchors = await shownAnchors(store);
  const keys = await keyStates(store, anchors);
  const describe = (certificate: ParsedCertificate) => describeCertificate(certificate, keys);
  return {
    place: store.place,
    current: anchors.current.map(describe),
    previous: anchors.previous.map(({ chain, servedUntil }) => ({
      servedUntil: new Date(servedUntil).toISOString(),
      chain: chain.map(describe),
    })),
    crossSigned: anchors.crossSigned.map(describe),
    warnings: [
      ...keyWarnings(store, anchors, keys),
      ...expiryWarnings(anchors, config, now),
      ...algorithmWarnings(anchors),
    ],
  };
}

async function keyStates(
  store: AuthorityStore,
  { current, previous, crossSigned }: TrustAnchors,
): Promise<KeyStates> {
  const all = [...current, ...previous.flatMap(({ chain }) => chain), ...crossSigned];
  return new Map(
    await Promise.all(all.map(async (each) => [each.fingerprint, await store.keyState(each)] as const)),
  );
}

function describeCertificate(certificate: ParsedCertificate, keys: KeyStates): CertificateDescription {
  const { x509, serial, fingerprint, notBefore, notAfter } = certificate;
  return {
    subject: nameText(x509.subject),
    issuer: nameText(x509.issuer),
    serial,
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
    key: keyKind(certificate),
    fingerprint,
    keyFile: keys.get(fingerprint)!,
  };
}

/** Node writes one part per line. */
const nameText = (name: string): string => printable(name.replaceAll('\n', ', '));

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384' };

export function keyKind({ x509: { publicKey } }: ParsedCertificate): string {
  const { namedCurve = '', modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  if (publicKey.asymmetricKeyType === 'ed25519') return 'Ed25519';
  return modulusLength === undefined ? (CURVES[namedCurve] ?? namedCurve) : `RSA-${modulusLength}`;
}

function keyWarnings(store: AuthorityStore, { current, previous }: TrustAnchors, keys: KeyStates): string[] {
  const certificates = [...current, ...previous.flatMap(({ chain }) => chain)];
  const exposed = certificates.filter(({ fingerprint }) => keys.get(fingerprint) === 'exposed');
  const paths = [...new Set(exposed.map((each) => store.keyPlace(each)))];
  const missing = keys.get(current[0]!.fingerprint) === 'absent' ? [store.keyPlace(current[0]!)] : [];
  return [
    ...paths.map(
      (path) => `${path}: other users can read or change this key, so the service does not start with it`,
    ),
    ...missing.map((path) => `${path}: the key of the issuing authority is missing`),
  ];
}

const algorithmWarnings = ({ current }: TrustAnchors): string[] =>
  current
    .filter((each) => keyKind(each) === 'Ed25519')
    .map(({ x509 }) => `${nameText(x509.subject)}: ${ED25519_WARNING}`);

/** Warns in time: an authority that ends before the certificates that it issues cuts them short. */
function expiryWarnings({ current }: TrustAnchors, { provisioning }: Config, now: number): string[] {
  const soon = now + Math.max(parseDuration(provisioning.certTtl) ?? 0, MONTH_MS);
  return current
    .filter(({ notAfter }) => notAfter < soon)
    .map(({ x509, notAfter }) => {
      const name = nameText(x509.subject);
      return now > notAfter
        ? `${name}: expired on ${timeText(notAfter)}`
        : `${name}: ends on ${timeText(notAfter)}, and every certificate that it issued ends with it; see: provision ca succeed --help`;
    });
}

export function printAuthority(authority: AuthorityDescription, { json }: { readonly json?: boolean }): void {
  if (json) return printJson(authority);
  const { place, current, previous, crossSigned, warnings } = authority;
  print(`Authority in ${place}\n`);
  print(chainText(current));
  for (const { servedUntil, chain } of previous)
    print(`\nPrevious authority, served until ${timeText(Date.parse(servedUntil))}\n${chainText(chain)}`);
  if (crossSigned.length > 0)
    print(`\nCross-signed\n${crossSigned.map((each) => certificateText('cross-signed', each)).join('')}`);
  for (const warning of warnings) note(`warning: ${warning}`);
}

const chainText = (chain: readonly CertificateDescription[]): string =>
  chain.map((each, at) => certificateText(at === 0 ? 'issuing' : roleOf(each), each)).join('');

const roleOf = ({ subject, issuer }: CertificateDescription): string =>
  subject === issuer ? 'root' : 'intermediate';

const KEY_FILE: Readonly<Record<KeyState, string>> = {
  present: 'here',
  exposed: 'here, but other users can read it',
  absent: 'not here',
};

function certificateText(role: string, certificate: CertificateDescription): string {
  const { subject, issuer, serial, notBefore, notAfter, key, fingerprint, keyFile } = certificate;
  const by = subject === issuer ? [] : [`    issued by  ${issuer}`];
  return [
    `  ${role}: ${subject}`,
    ...by,
    `    valid      ${timeText(Date.parse(notBefore))} to ${timeText(Date.parse(notAfter))}`,
    `    key        ${key}, ${KEY_FILE[keyFile]}`,
    `    serial     ${serial}`,
    `    SHA-256    ${fingerprint.toUpperCase().match(/../g)!.join(':')}`,
    '',
  ].join('\n');
}
