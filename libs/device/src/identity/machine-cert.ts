import { invalid } from '@org/domain';
import { hash } from 'node:crypto';
import { certificatePem } from '@org/x509';
import { bundleTexts, readBundle } from './bundle.js';
import type { Identity } from './identity.js';

/** What mecha-agent's `getMachineCert` answers, field for field (mecha wire §4.2). */
interface MachineCert {
  readonly commonName: string;
  /** `2031-01-01 00:00:00 UTC` */
  readonly expiry: string;
  /** base64url of SHA-256 over the DER. */
  readonly fingerprint: string;
  /** The machine's certificate alone, PEM with CRLF. */
  readonly publicCert: string;
  /** base64url of a JSON array of PEM texts. */
  readonly caBundle: string;
  /** base64url of the root file. */
  readonly rootCert: string;
  /** Upper-case hex pairs with colons, of the DER INTEGER's content: `00:C4:1F:02`. */
  readonly serialNumber: string;
}

/** @throws ProvisionError `invalid` (`identity_incomplete`) when the CA bundle or the root is not on the disk */
export function machineCert({ machineId, certificate, files }: Identity): MachineCert {
  const { caBundle, root } = files;
  if (caBundle === undefined || root === undefined) {
    throw invalid(
      'identity_incomplete',
      'The CA bundle or the root certificate of this device is missing on its disk.',
    );
  }
  const expiry = new Date(certificate.notAfter).toISOString();
  return {
    commonName: machineId,
    expiry: `${expiry.slice(0, 10)} ${expiry.slice(11, 19)} UTC`,
    fingerprint: hash('sha256', certificate.der, 'base64url'),
    publicCert: certificatePem(certificate.der).replaceAll('\n', '\r\n'),
    caBundle: base64url(bundleJson(caBundle)),
    rootCert: base64url(root),
    serialNumber: integerContent(certificate.serial),
  };
}

const base64url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

/** The file as it is where mecha-agent wrote it; else what mecha-agent would have written. */
function bundleJson(text: string): string {
  if (text.trimStart().startsWith('[')) return text;
  return JSON.stringify(
    bundleTexts(text)
      .flatMap(readBundle)
      .map(({ der }) => certificatePem(der)),
  );
}

/** A positive number whose first bit is set has a zero octet in front (X.690 8.3). */
function integerContent(serial: string): string {
  const content = /^[89a-f]/.test(serial) ? `00${serial}` : serial;
  return content.toUpperCase().match(/../g)!.join(':');
}
