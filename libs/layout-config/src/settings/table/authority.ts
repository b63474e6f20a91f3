import * as kinds from '../kinds.js';
import { setting } from './setting.js';

/** Certificates, and the built-in authority. */
export const AUTHORITY = {
  certTtl: setting({
    key: 'cert.ttl',
    env: ['MG_PROVISION_CERTS_HOURS_VALID'],
    kind: kinds.goDuration,
    default: '2400h',
    doc: 'Lifetime requested for client certificates.',
  }),
  certsBackend: setting({
    key: 'cert.backend',
    env: ['MG_PROVISION_CERTS_BACKEND'],
    kind: kinds.certsBackend,
    default: 'magistrala',
    doc: 'Who issues certificates: magistrala (its certs service) or builtin (the built-in authority).',
  }),
  authorityStore: setting({
    key: 'authority.store',
    env: ['MG_PROVISION_AUTHORITY_STORE'],
    kind: kinds.authorityStore,
    default: 'folder',
    doc: "Where the built-in authority's keys are kept: folder, or database, sealed with the state key; a replica then needs the database URL and the state key only.",
  }),
  authorityPath: setting({
    key: 'authority.path',
    env: ['MG_PROVISION_AUTHORITY_PATH'],
    kind: kinds.text,
    default: 'authority',
    doc: 'Folder of the built-in authority: certificates and keys. Created at first start. All replicas need the same.',
  }),
  authorityPassphrase: setting({
    key: 'authority.passphrase',
    env: ['MG_PROVISION_AUTHORITY_PASSPHRASE'],
    kind: kinds.secret,
    doc: 'Encrypts the keys in that folder.',
  }),
  authorityAlgorithm: setting({
    key: 'authority.algorithm',
    env: ['MG_PROVISION_AUTHORITY_ALGORITHM'],
    kind: kinds.authorityAlgorithm,
    default: 'P-256',
    doc: 'Keys of a new authority: P-256, P-384, RSA-3072 or Ed25519, which some clients cannot verify.',
  }),
  authorityOrganization: setting({
    key: 'authority.organization',
    env: ['MG_PROVISION_AUTHORITY_ORGANIZATION'],
    kind: kinds.shortText(64),
    default: 'Provision',
    doc: 'Organisation in the names of a new authority.',
  }),
  crlIntervalMs: setting({
    key: 'authority.crl_interval',
    env: ['MG_PROVISION_CRL_INTERVAL'],
    kind: kinds.span('1s to 1h', 1_000, 3_600_000),
    default: '1m',
    doc: 'How soon the revocation list shows a revocation once an authority has more than 1,000 of them: a long list is signed again at most this often, 1s to 1h. Shorter lists are signed at once; OCSP shows a revocation at once.',
  }),
  authorityUrl: setting({
    key: 'authority.url',
    env: ['MG_PROVISION_AUTHORITY_URL'],
    kind: kinds.baseUrl,
    doc: 'Where devices reach this service: goes into certificates as the address of CRL, OCSP and issuer.',
  }),
};
