import * as kinds from '../kinds.js';
import * as lists from '../list-kinds.js';
import { setting } from './setting.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Enrolment of devices by code. */
export const ENROLMENT = {
  enrolment: setting({
    key: 'enrolment.enabled',
    env: ['MG_PROVISION_ENROLMENT'],
    kind: kinds.onOff,
    doc: 'Whether devices can be enrolled by code: on or off. Defaults to on with the built-in authority.',
  }),
  verificationUrl: setting({
    key: 'enrolment.verification_url',
    env: ['MG_PROVISION_VERIFICATION_URL'],
    kind: kinds.documentUrl,
    doc: 'Page where operators type codes in. Devices show it beside the code.',
  }),
  deviceBootstrapUrl: setting({
    key: 'enrolment.bootstrap_url',
    env: ['MG_PROVISION_DEVICE_BOOTSTRAP_URL'],
    kind: kinds.baseUrl,
    doc: 'Bootstrap service as devices reach it. As MG_PROVISION_BS_SVC_URL when not set.',
  }),
  codeLifetimeMs: setting({
    key: 'enrolment.code_lifetime',
    env: ['MG_PROVISION_CODE_LIFETIME'],
    kind: kinds.span('1m to 1h', MINUTE, 60 * MINUTE),
    default: '10m',
    doc: 'How long a code can be approved: 1m to 1h. Longer makes codes easier to guess.',
  }),
  operators: setting({
    key: 'enrolment.operator_tokens',
    env: ['MG_PROVISION_OPERATOR_TOKENS'],
    kind: lists.operators,
    doc: 'Operators beside the members of a domain: `name:hash`, separated by commas (a list in TOML); the hash is the hexadecimal SHA-256 of a random token. The only ones where there is no platform; they act in every domain.',
  }),
  legacyDevices: setting({
    key: 'enrolment.legacy_devices',
    env: ['MG_PROVISION_LEGACY_DEVICES'],
    kind: kinds.flag,
    default: 'false',
    doc: 'Whether devices that create their own codes (mecha-agent) can enrol. Their codes are not bound to a key.',
  }),
  legacyDevicesAnyAddress: setting({
    key: 'enrolment.legacy_devices_any_address',
    env: ['MG_PROVISION_LEGACY_DEVICES_ANY_ADDRESS'],
    kind: kinds.flag,
    default: 'false',
    doc: 'Whether such a device may poll and fetch its certificate from different addresses.',
  }),
  legacyDevicesPlainHttp: setting({
    key: 'enrolment.legacy_devices_plain_http',
    env: ['MG_PROVISION_LEGACY_DEVICES_PLAIN_HTTP'],
    kind: kinds.flag,
    default: 'true',
    doc: 'Whether such a device may enrol over plain HTTP from another machine, as mecha-agent can be set up. All other devices need TLS there.',
  }),
  reissueWithinMs: setting({
    key: 'enrolment.reissue_within',
    env: ['MG_PROVISION_REISSUE_WITHIN'],
    kind: kinds.span('1m to 24h', MINUTE, DAY),
    default: '10m',
    doc: "How long after an operator's re-issue such a device may fetch its new certificate: 1m to 24h.",
  }),
  renewAfterExpiryMs: setting({
    key: 'enrolment.renew_after_expiry',
    env: ['MG_PROVISION_RENEW_AFTER_EXPIRY'],
    kind: kinds.span('0 to 8760h', 0, 365 * DAY),
    default: '168h',
    doc: 'How long after it has expired a certificate can still be renewed: 0 to 8760h.',
  }),
  maxLateRenewals: setting({
    key: 'enrolment.max_late_renewals',
    env: ['MG_PROVISION_MAX_LATE_RENEWALS'],
    kind: kinds.count(0, 1000),
    default: '3',
    doc: 'How many times in a row a machine may do so.',
  }),
};
