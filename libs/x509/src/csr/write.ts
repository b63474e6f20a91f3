import { encodeName, type DistinguishedName } from '../certificate/distinguished-name.js';
import { OID } from '../der/oids.js';
import { bitString, explicit, integer, oid, sequence, set } from '../der/write.js';
import { SIGNATURES } from '../keys/algorithm.js';
import type { Signer } from '../keys/signer.js';
import { extension } from '../certificate/extensions.js';
import { generalNames, type SubjectNames } from '../certificate/general-names.js';

export interface CsrContent {
  readonly subject: DistinguishedName;
  /** Names to ask for; the authority's profile says which of them it grants. Default: none. */
  readonly names?: Partial<SubjectNames>;
}

/** Makes a PKCS#10 request (RFC 2986) for the signer's key, as a device or an authority with an offline root needs it. */
export async function createCsr(signer: Signer, { subject, names = {} }: CsrContent): Promise<Buffer> {
  const asked = generalNames({ dns: [], uri: [], ip: [], ...names });
  const attributes = asked
    ? [sequence(oid(OID.extensionRequest), set(sequence(extension(OID.subjectAltName, asked))))]
    : [];
  const info = sequence(integer(0), encodeName(subject), signer.publicKey, explicit(0, ...attributes));
  return sequence(info, SIGNATURES[signer.algorithm].identifier, bitString(await signer.sign(info)));
}
