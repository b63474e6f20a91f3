import type { Right } from '@org/magistrala-sdk';

/**
 * Who may call:
 *
 * - `anyone`: nothing is asked.
 * - `device`: who holds a device's code, polling secret, ticket or certificate; the use case checks it.
 * - `caller`: who brings a token that is good, or none where anonymous callers are accepted; the platform then judges what is
 *   done with it, call by call.
 * - `member`: a member of the domain.
 * - `configured`: an operator of the configuration, for what belongs to no domain.
 * - `operator`: a member of the domain; or an operator of the configuration, who may do everything.
 */
type Who = 'anyone' | 'device' | 'caller' | 'member' | 'configured' | 'operator';

/** What an operation asks of its caller. */
export interface Rule {
  readonly who: Who;
  /** What a member must be allowed besides. */
  readonly right?: Right;
  /**
   * What the right is asked about: all clients of the `domain`; the client of the `machine` in the path, or else all; or the
   * `client` of something that only the use case knows, which then asks.
   */
  readonly about?: 'domain' | 'machine' | 'client';
  /**
   * What it carries lets an eavesdropper pass for a device, so it is refused without TLS from another machine: `always`,
   * or, for legacy devices, `unless_allowed` by MG_PROVISION_LEGACY_DEVICES_PLAIN_HTTP.
   */
  readonly tls?: 'always' | 'unless_allowed';
}

const ANYONE: Rule = { who: 'anyone' };
const BEGINNING: Rule = { who: 'anyone', tls: 'always' };
const DEVICE: Rule = { who: 'device', tls: 'always' };
const LEGACY_DEVICE: Rule = { who: 'device', tls: 'unless_allowed' };
/** Finding a device and approving it ends in new clients. */
const ENROLLING: Rule = { who: 'operator', right: 'create_clients', about: 'domain' };
const REMOVING: Rule = { who: 'operator', right: 'delete_clients', about: 'client' };

/**
 * The one place that says who may do what, for both apps: neither serves what is not in here. By method and path, or by the
 * full name of a gRPC method. `docs/reference/authorization.md` shows it.
 */
export const OPERATIONS: Readonly<Record<string, Rule>> = {
  'POST /{domainID}/mapping': { who: 'caller', right: 'update_clients', about: 'client' },
  'GET /{domainID}/mapping': { who: 'member', right: 'list_configurations', about: 'domain' },
  'POST /{domainID}/cert': { who: 'member', right: 'update_clients', about: 'client' },
  'GET /{domainID}/leftovers': { who: 'operator', right: 'update_clients', about: 'domain' },
  'POST /{domainID}/leftovers/{runID}/acknowledge': {
    who: 'operator',
    right: 'delete_clients',
    about: 'domain',
  },

  'POST /{domainID}/enrolments/lookup': ENROLLING,
  'GET /{domainID}/enrolments': ENROLLING,
  'GET /{domainID}/enrolments/{enrolmentID}': ENROLLING,
  'POST /{domainID}/enrolments/{enrolmentID}/approve': ENROLLING,
  'POST /{domainID}/enrolments/{enrolmentID}/deny': REMOVING,
  'GET /{domainID}/machines': { who: 'operator', right: 'update_clients', about: 'domain' },
  'GET /{domainID}/machines/{machineID}': { who: 'operator', right: 'update_clients', about: 'machine' },
  'POST /{domainID}/machines/{machineID}/revoke': REMOVING,
  'POST /{domainID}/machines/{machineID}/reissue': REMOVING,

  'GET /v1/enrolments/pending': { who: 'configured' },
  'POST /v1/enrolments/pending/drop': { who: 'configured' },
  'POST /v1/enrolments': BEGINNING,
  'POST /v1/enrolments/poll': DEVICE,
  'POST /v1/enrolments/redeem': DEVICE,
  ...everyLabel('GET', 'cacerts', ANYONE),
  ...everyLabel('GET', 'csrattrs', ANYONE),
  ...everyLabel('POST', 'simpleenroll', DEVICE),
  ...everyLabel('POST', 'simplereenroll', DEVICE),
  'GET /v1/ping': ANYONE,
  'GET /v1/provisioning/manifest/find': LEGACY_DEVICE,
  'POST /v1/provisioning/cert/sign': LEGACY_DEVICE,
  'POST /cert-sign': LEGACY_DEVICE,
  'POST /v1/messaging/get_nonce': ANYONE,
  'POST /v1/messaging/issue_token': ANYONE,
  'POST /v1/auth/get_nonce': ANYONE,
  'POST /v1/auth/issue_token': ANYONE,
  'provision.v1.EnrolmentService/Begin': BEGINNING,
  'provision.v1.EnrolmentService/Poll': DEVICE,
  'provision.v1.EnrolmentService/Await': DEVICE,
  'provision.v1.EnrolmentService/Redeem': DEVICE,
  'provision.v1.EnrolmentService/Renew': DEVICE,
  'provision.v1.EnrolmentService/CheckIn': DEVICE,
  'provision.v1.EnrolmentService/GetTrustAnchors': ANYONE,
  'provisioning.ProvisioningService/ping': ANYONE,
  'provisioning.ProvisioningService/generateCode': ANYONE,
  'provisioning.ProvisioningService/provisionByCode': LEGACY_DEVICE,
  'provisioning.ProvisioningService/deprovision': DEVICE,

  'GET /v1/ca': ANYONE,
  'GET /v1/ca.cer': ANYONE,
  'GET /crl': ANYONE,
  'GET /crl/{issuerId}': ANYONE,
  'POST /ocsp': ANYONE,
  'GET /ocsp/*': ANYONE,
  'GET /enrol': ANYONE,
  'GET /enrol/enrol.js': ANYONE,
  'GET /enrol/enrol.css': ANYONE,
  'GET /enrol/icon.svg': ANYONE,
  'GET /docs': ANYONE,
  'GET /docs/*': ANYONE,
  'GET /openapi.json': ANYONE,
  'GET /health': ANYONE,
  'GET /ready': ANYONE,
  'GET /metrics': ANYONE,
};

/** EST clients may put a label into the path (RFC 7030 3.2.2). */
function everyLabel(method: string, name: string, rule: Rule): Record<string, Rule> {
  const path = `${method} /.well-known/est`;
  return { [`${path}/${name}`]: rule, [`${path}/{label}/${name}`]: rule };
}

/** @throws Error for an operation that no one has thought of: a defect, which must not be served */
export function ruleFor(operation: string): Rule {
  const rule = OPERATIONS[operation];
  if (!rule) throw new Error(`${operation} is not in the table of operations, so no one may call it`);
  return rule;
}
