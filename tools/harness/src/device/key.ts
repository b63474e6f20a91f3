import { type KeyObject, X509Certificate, generateKeyPairSync } from 'node:crypto';
import { createCsr, exportPrivateKey, keySigner } from '@org/x509';

/** A device's key. It never leaves the device; what goes out is a certificate request. */
export class DeviceKey {
  readonly #key: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  /** PKCS#10, DER, with an empty subject: the server says who the device will be. */
  async request(): Promise<Buffer> {
    return createCsr(keySigner(this.#key), { subject: {} });
  }

  /** PKCS#8, PEM. */
  get pem(): string {
    return exportPrivateKey(this.#key).reveal();
  }

  /** @param certificate PEM */
  fits(certificate: string): boolean {
    return new X509Certificate(certificate).checkPrivateKey(this.#key);
  }
}
