import { X509Certificate } from 'node:crypto';
import type { Certs } from '@org/magistrala-sdk';
import type { Call } from './call.js';

/** Certificates that belong to no entity, by serial: whose they are. They never change. */
const MOST_REMEMBERED = 10_000;
/** Views at a time. */
const AT_ONCE = 8;

/**
 * Finds what Magistrala's certs service issued and did not note down: among all certificates there are, as only their
 * subject says whose they are. The service reads every one of them for that, one after the other.
 */
export class UnlistedCertificates {
  readonly #nameOf = new Map<string, string>();

  constructor(private readonly certs: Certs) {}

  /** @returns serials of valid ones with this common name */
  async find(commonName: string, call: Call): Promise<string[]> {
    const { items } = await this.certs.list({ limit: 0 }, call);
    const unlisted = items.filter(({ entityId, revoked }) => entityId === undefined && !revoked);
    const unknown = unlisted.filter(({ serialNumber }) => !this.#nameOf.has(serialNumber));
    for (let at = 0; at < unknown.length; at += AT_ONCE)
      await Promise.all(
        unknown.slice(at, at + AT_ONCE).map(({ serialNumber }) => this.#read(serialNumber, call)),
      );
    return unlisted
      .map(({ serialNumber }) => serialNumber)
      .filter((serial) => this.#nameOf.get(serial) === commonName);
  }

  async #read(serial: string, call: Call): Promise<void> {
    const { certificate } = await this.certs.view(serial, call);
    if (this.#nameOf.size >= MOST_REMEMBERED) this.#nameOf.clear();
    this.#nameOf.set(serial, commonNameIn(certificate));
  }
}

const commonNameIn = (pem: string): string => /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1] ?? '';
