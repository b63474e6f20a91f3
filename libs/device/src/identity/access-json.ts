import { Secret } from '@org/domain';
import type { BootstrapAccess, Issued } from './issued.js';

/** With its secrets in plaintext, for private files only. */
export interface AccessJson {
  readonly baseUrl: string;
  readonly externalId: string;
  readonly externalKey: string;
  readonly encryptionKey?: string;
}

export type IssuedJson = Omit<Issued, 'bootstrap'> & { readonly bootstrap?: AccessJson };

export const accessToJson = (access: BootstrapAccess): AccessJson => ({
  ...access,
  externalKey: access.externalKey.reveal(),
  encryptionKey: access.encryptionKey?.reveal(),
});

export const accessFromJson = (json: AccessJson): BootstrapAccess => ({
  ...json,
  externalKey: new Secret(json.externalKey),
  encryptionKey: json.encryptionKey === undefined ? undefined : new Secret(json.encryptionKey),
});

export const issuedToJson = ({ bootstrap, ...issued }: Issued): IssuedJson => ({
  ...issued,
  ...(bootstrap && { bootstrap: accessToJson(bootstrap) }),
});

export const issuedFromJson = ({ bootstrap, ...issued }: IssuedJson): Issued => ({
  ...issued,
  ...(bootstrap && { bootstrap: accessFromJson(bootstrap) }),
});
