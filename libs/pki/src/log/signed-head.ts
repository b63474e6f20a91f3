import { type Authority, issuerIdOf } from '../authority/authority.js';
import { invalid } from '@org/domain';
import { signatureAlgorithmOf, verifyWith } from '@org/x509/encoding';
import type { ParsedCertificate } from '@org/x509';
import type { LogHead } from './issuance-log.js';

/** A log's head, with an authority's word that it stood there. A reader who keeps it can tell later whether it was changed. */
export interface SignedHead extends LogHead {
  /** Milliseconds since 1970: when it was signed. */
  readonly at: number;
  /** Subject key identifier of the authority, lower-case hex. */
  readonly issuerId: string;
  readonly signature: Buffer;
}

/** Says that the log stands there. */
export async function signHead(authority: Authority, head: LogHead, at: number): Promise<SignedHead> {
  const unsigned = { seq: head.seq, hash: head.hash, at, issuerId: issuerIdOf(authority) };
  return { ...unsigned, signature: await authority.signer.sign(signedText(unsigned)) };
}

/**
 * What is wrong with a signed head; undefined when nothing is.
 * @param authorities certificates of those that may have signed it
 */
export function headFault(
  head: SignedHead,
  authorities: readonly Pick<ParsedCertificate, 'subjectKeyId' | 'publicKey' | 'x509'>[],
): string | undefined {
  const signer = authorities.find(({ subjectKeyId }) => subjectKeyId?.toString('hex') === head.issuerId);
  if (!signer) return `no authority here has the key identifier ${head.issuerId}`;
  const { publicKey, x509 } = signer;
  const algorithm = signatureAlgorithmOf(x509.publicKey);
  const { signature } = head;
  const isGood = algorithm && verifyWith({ publicKey, algorithm, data: signedText(head), signature });
  return isGood ? undefined : 'its signature is not from that authority';
}

/** No DER begins like this, so a signature over it is good for no certificate, list or answer. */
const signedText = ({ seq, hash, at, issuerId }: Omit<SignedHead, 'signature'>): Buffer =>
  Buffer.from(['provision issuance log head', seq, hash, at, issuerId].join('\n'), 'utf8');

/** One word, for logs and command lines. */
export const formatHead = ({ seq, hash, at, issuerId, signature }: SignedHead): string =>
  ['v1', seq, hash, at, issuerId, signature.toString('base64url')].join(':');

const FORM = /^v1:(\d{1,15}):([0-9a-f]{64}):(\d{1,15}):([0-9a-f]{2,128}):([\w-]{1,1400})$/;

/** @throws ProvisionError `log_head_malformed` */
export function parseHead(text: string): SignedHead {
  const [, seq, hash, at, issuerId, signature] = FORM.exec(text) ?? [];
  if (signature === undefined)
    throw invalid('log_head_malformed', 'This is not a signed head of an issuance log.');
  return {
    seq: Number(seq),
    hash: hash!,
    at: Number(at),
    issuerId: issuerId!,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Every signed head in a text, such as the log output of a service. */
export const headsIn = (text: string): SignedHead[] =>
  [...text.matchAll(/\bv1:\d{1,15}:[0-9a-f]{64}:\d{1,15}:[0-9a-f]{2,128}:[\w-]{1,1400}/g)].map(([word]) =>
    parseHead(word),
  );
