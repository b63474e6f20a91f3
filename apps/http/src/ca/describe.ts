import { resolve } from 'node:path';
import type { Config } from '@org/layout-config';
import { parseDuration, printable } from '@org/domain';
import type { ParsedCertificate, TrustAnchors } from '@org/pki';
import type { AuthorityFolder } from '@org/store';
import { type KeyFileState, keyFileState } from './key-file.js';
import { note, print, printJson, timeText } from './print.js';

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
  /** Of its private key, in the authority's folder. */
  readonly keyFile: KeyFileState;
}

export interface AuthorityDescription {
  readonly folder: string;
  /** The authority that issues first, its root last. */
  readonly current: readonly CertificateDescription[];
  readonly previous: readonly {
    readonly servedUntil: string;
    readonly chain: readonly CertificateDescription[];
  }[];
  readonly crossSigned: readonly CertificateDescription[];
  readonly warnings: readonly string[];
}

/** What is in the authority's folder; opens no key, so it needs no passphrase. */
export function describeAuthority(
  folder: AuthorityFolder,
  config: Config,
  now: number,
): AuthorityDescription {
  const anchors = folder.anchors();
  const describe = (certificate: ParsedCertificate) => describeCertificate(folder, certificate);
  return {
    folder: resolve(folder.path),
    current: anchors.current.map(describe),
    previous: anchors.previous.map(({ chain, servedUntil }) => ({
      servedUntil: new Date(servedUntil).toISOString(),
      chain: chain.map(describe),
    })),
    crossSigned: anchors.crossSigned.map(describe),
    warnings: [...keyWarnings(folder, anchors), ...expiryWarnings(anchors, config, now)],
  };
}

function describeCertificate(
  folder: AuthorityFolder,
  certificate: ParsedCertificate,
): CertificateDescription {
  const { x509, serial, fingerprint, notBefore, notAfter } = certificate;
  return {
    subject: nameText(x509.subject),
    issuer: nameText(x509.issuer),
    serial,
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
    key: keyKind(certificate),
    fingerprint,
    keyFile: keyState(folder, certificate),
  };
}

/** Node writes a part to a line. */
const nameText = (name: string): string => printable(name.replaceAll('\n', ', '));

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384' };

export function keyKind({ x509: { publicKey } }: ParsedCertificate): string {
  const { namedCurve = '', modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  if (publicKey.asymmetricKeyType === 'ed25519') return 'Ed25519';
  return modulusLength === undefined ? (CURVES[namedCurve] ?? namedCurve) : `RSA-${modulusLength}`;
}

/** A root of somebody else's making may lack the identifier that key files are named by. */
const keyState = (folder: AuthorityFolder, certificate: ParsedCertificate): KeyFileState =>
  certificate.subjectKeyId ? keyFileState(folder.keyPath(certificate)) : 'absent';

function keyWarnings(folder: AuthorityFolder, { current, previous }: TrustAnchors): string[] {
  const certificates = [...current, ...previous.flatMap(({ chain }) => chain)];
  const exposed = certificates.filter((each) => keyState(folder, each) === 'exposed');
  const paths = [...new Set(exposed.map((each) => folder.keyPath(each)))];
  const missing = keyState(folder, current[0]!) === 'absent' ? [folder.keyPath(current[0]!)] : [];
  return [
    ...paths.map(
      (path) => `${path}: others may read or change this key, so the service does not start with it`,
    ),
    ...missing.map((path) => `${path}: the key of the authority that issues is not there`),
  ];
}

/** From when an authority lives shorter than the certificates it is to issue, those are cut short. */
function expiryWarnings({ current }: TrustAnchors, { provisioning }: Config, now: number): string[] {
  const soon = now + Math.max(parseDuration(provisioning.certTtl) ?? 0, MONTH_MS);
  return current
    .filter(({ notAfter }) => notAfter < soon)
    .map(({ x509, notAfter }) => {
      const name = nameText(x509.subject);
      return now > notAfter
        ? `${name}: expired on ${timeText(notAfter)}`
        : `${name}: ends on ${timeText(notAfter)}, and with it every certificate below; see: provision-ca succeed --help`;
    });
}

export function printAuthority(authority: AuthorityDescription, { json }: { readonly json?: boolean }): void {
  if (json) return printJson(authority);
  const { folder, current, previous, crossSigned, warnings } = authority;
  print(`Authority in ${folder}\n`);
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

const KEY_FILE: Readonly<Record<KeyFileState, string>> = {
  present: 'in the folder',
  exposed: 'in the folder, and others may read it',
  absent: 'not in the folder',
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
