import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import { certificatePem, createCsr, keySigner } from '@org/x509';
import type { EnrolmentBegun, Enrolments, Identity } from '@org/enrolment';

/** A device with a key of its own, as far as the use cases see it. */
export class Device {
  readonly key: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  constructor(readonly enrolments: Enrolments) {}

  csr(commonName?: string): Promise<Buffer> {
    return createCsr(keySigner(this.key), { subject: commonName === undefined ? {} : { commonName } });
  }

  async begin(): Promise<EnrolmentBegun> {
    return this.enrolments.begin({
      csr: await this.csr(),
      device: { model: 'press', serial: 'P-7', hostname: 'press-7' },
      origin: '192.0.2.7',
    });
  }

  async redeem({ pollingSecret }: EnrolmentBegun): Promise<Identity> {
    return this.enrolments.redeem({ credentials: { pollingSecret }, csr: await this.csr() });
  }
}

/** PEM texts of what a device got. */
export const pemOf = ({ credentials: { certificate, caBundle, root } }: Identity) => ({
  leaf: certificatePem(certificate),
  between: caBundle.map((der) => certificatePem(der)).join(''),
  root: certificatePem(root),
});
