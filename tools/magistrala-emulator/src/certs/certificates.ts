import type { Clock } from '@org/domain';
import type { Issued } from './authority.js';

export interface StoredCertificate extends Omit<Issued, 'keyPem'> {
  /** Milliseconds since 1970. */
  revokedAt: number | undefined;
  /** Of the mapping kept beside the certificate: absent for renewed ones, and once all of an entity are revoked. */
  entityId: string | undefined;
  /** For the inventory only: the service itself does not keep apart the certificates of domains. */
  readonly domainId: string;
}

/** Colons or dashes, upper or lower case: OpenBao finds a serial number either way. */
const keyOf = (serial: string) => serial.toLowerCase().replaceAll('-', ':');

/** Every certificate ever issued, and which entity each belongs to. Private keys are not kept. */
export class Certificates {
  private readonly bySerial = new Map<string, StoredCertificate>();
  private readonly byEntity = new Map<string, StoredCertificate[]>();

  constructor(private readonly clock: Clock) {}

  /** @param entityId absent for renewed certificates */
  add({ serial, certificate, pem, expiresAt }: Issued, domainId: string, entityId?: string): void {
    const facts = { serial, certificate, pem, expiresAt };
    const stored: StoredCertificate = { ...facts, revokedAt: undefined, entityId, domainId };
    this.bySerial.set(keyOf(serial), stored);
    if (entityId !== undefined) {
      const ofEntity = this.byEntity.get(entityId);
      if (ofEntity) ofEntity.push(stored);
      else this.byEntity.set(entityId, [stored]);
    }
  }

  get(serial: string): StoredCertificate | undefined {
    return this.bySerial.get(keyOf(serial));
  }

  /** Newest first. */
  ofEntity(entityId: string): StoredCertificate[] {
    return (this.byEntity.get(entityId) ?? []).toReversed();
  }

  all(): StoredCertificate[] {
    return [...this.bySerial.values()];
  }

  /** A second time changes nothing. */
  revoke(certificate: StoredCertificate): void {
    certificate.revokedAt ??= this.clock.now();
  }

  /** Forgets which certificates belong to the entity; they themselves stay. */
  unlink(entityId: string): void {
    for (const certificate of this.byEntity.get(entityId) ?? []) certificate.entityId = undefined;
    this.byEntity.delete(entityId);
  }

  /** As if it had never been noted whose the certificate is. */
  unlinkOne(serial: string): void {
    const certificate = this.get(serial);
    const { entityId } = certificate ?? {};
    if (!certificate || entityId === undefined) return;
    const others = this.ofEntity(entityId).filter((it) => it !== certificate);
    this.byEntity.set(entityId, others.reverse());
    certificate.entityId = undefined;
  }

  clear(): void {
    this.bySerial.clear();
    this.byEntity.clear();
  }
}
