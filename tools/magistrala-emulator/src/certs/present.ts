import { omitEmpty } from '../http/reply.js';
import type { Issued } from './authority.js';
import type { StoredCertificate } from './certificates.js';

/** Without fractions, which are zero here, as Go writes times. */
export const goTime = (time: Date) => time.toISOString().replace('.000Z', 'Z');

export function presentIssued({ serial, pem, keyPem, expiresAt }: Issued, entityId: string): object {
  return {
    serial_number: serial,
    certificate: pem,
    ...omitEmpty({ key: keyPem }),
    revoked: false,
    expiry_time: goTime(expiresAt),
    entity_id: entityId,
  };
}

/** Byte slices, which Go writes as base64, and no entity. */
export function presentRenewed({ serial, pem, keyPem = '', expiresAt }: Issued): object {
  return {
    serial_number: serial,
    certificate: Buffer.from(pem).toString('base64'),
    key: Buffer.from(keyPem).toString('base64'),
    revoked: false,
    expiry_time: goTime(expiresAt),
    entity_id: '',
    type: 0,
  };
}

const facts = ({ revokedAt, expiresAt, entityId }: StoredCertificate) => ({
  revoked: revokedAt !== undefined,
  expiry_time: goTime(expiresAt),
  ...omitEmpty({ entity_id: entityId }),
});

/** @param serial as the caller wrote it, which is how the answer shows it */
export function presentStored(stored: StoredCertificate, serial: string): object {
  return { serial_number: serial, certificate: stored.pem, ...facts(stored) };
}

interface Page {
  readonly offset: number;
  /** 0 for all. */
  readonly limit: number;
  readonly ofEntity: boolean;
}

export function presentPage(all: readonly StoredCertificate[], { offset, limit, ofEntity }: Page): object {
  const page = limit === 0 ? all.slice(offset) : all.slice(offset, offset + limit);
  const items = page.map((stored) => ({ serial_number: stored.serial, ...facts(stored) }));
  // Past the end of an entity's certificates, Magistrala forgets how many there are.
  const total = ofEntity && offset >= all.length ? 0 : all.length;
  return {
    total,
    ...(offset > 0 && { offset }),
    ...(limit > 0 && { limit }),
    ...(items.length > 0 && { certificates: items }),
  };
}
