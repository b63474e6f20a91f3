/** What code that builds or reads ASN.1 structures of X.509 needs, besides what the package's first entry offers. */
export { encodeName, encodeRdns } from './certificate/distinguished-name.js';
export {
  KEY_USAGE,
  authorityKeyIdentifier,
  certificateAuthority,
  endEntity,
  extendedKeyUsage,
  extension,
  keyUsage,
  revocationAddresses,
  subjectKeyIdentifier,
} from './certificate/extensions.js';
export { generalNames, isHostName, isHttpUrl, isUri } from './certificate/general-names.js';
export { readExtensions } from './certificate/read-extensions.js';
export { OID } from './der/oids.js';
export { DerError, DerReader, type Element } from './der/read.js';
export { TAG, context, contextPrimitive } from './der/tags.js';
export {
  bitString,
  enumerated,
  explicit,
  generalizedTime,
  integer,
  integerOf,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
  time,
  tlv,
} from './der/write.js';
export { SIGNATURES, signatureAlgorithmOf, verifyWith } from './keys/algorithm.js';
export { keyBits, keyIdentifier } from './keys/key-identifier.js';
export { signerWorks } from './keys/signer.js';
export { newSerial, serialHex } from './serial.js';
