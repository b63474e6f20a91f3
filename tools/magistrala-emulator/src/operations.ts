/** Who may call: anyone; a signed-in user; the same, e-mail verified or not; a user, about the domain in the path. */
export type Access = 'open' | 'user' | 'unverified' | 'domain';

export interface Operation {
  readonly method: string;
  /** `{name}` stands for one segment. A final `/` may be left out by the caller. */
  readonly path: string;
  readonly access: Access;
}

const op = (method: string, path: string, access: Access = 'domain'): Operation => ({ method, path, access });

const CLIENTS = '/{domainID}/clients';
const CHANNELS = '/{domainID}/channels';
const CONFIGS = '/{domainID}/clients/configs';
const PROFILES = '/{domainID}/clients/bootstrap/profiles';
const ENROLLMENTS = '/{domainID}/clients/bootstrap/enrollments/{configID}';
const DOMAIN = '/domains/{domainID}';
const CERTS = '/{domainID}/certs';

/**
 * Every operation by service and name: routers, call records and faults all go by this table.
 * A call is named `service.name`, such as `clients.create_bulk`.
 */
export const OPERATIONS = {
  users: {
    create: op('POST', '/users/', 'open'),
    list: op('GET', '/users/', 'user'),
    view_profile: op('GET', '/users/profile', 'unverified'),
    view: op('GET', '/users/{id}', 'user'),
    issue_token: op('POST', '/users/tokens/issue', 'open'),
    refresh_token: op('POST', '/users/tokens/refresh', 'unverified'),
    revoke_token: op('POST', '/users/tokens/revoke', 'unverified'),
    list_tokens: op('GET', '/users/tokens/refresh-tokens', 'unverified'),
    enable: op('POST', '/users/{id}/enable', 'user'),
    disable: op('POST', '/users/{id}/disable', 'user'),
    delete: op('DELETE', '/users/{id}', 'user'),
  },
  auth: {
    jwks: op('GET', '/keys/.well-known/jwks.json', 'open'),
    create_key: op('POST', '/keys/', 'open'),
    create_pat: op('POST', '/pats/', 'open'),
    add_pat_scope: op('PATCH', '/pats/{id}/scope/add', 'open'),
    revoke_pat: op('PATCH', '/pats/{id}/secret/revoke', 'open'),
    delete_pat: op('DELETE', '/pats/{id}/', 'open'),
  },
  domains: {
    create: op('POST', '/domains/', 'user'),
    list: op('GET', '/domains/', 'user'),
    view: op('GET', `${DOMAIN}/`),
    update: op('PATCH', `${DOMAIN}/`),
    enable: op('POST', `${DOMAIN}/enable`),
    disable: op('POST', `${DOMAIN}/disable`),
    freeze: op('POST', `${DOMAIN}/freeze`),
    create_role: op('POST', `${DOMAIN}/roles/`),
    list_roles: op('GET', `${DOMAIN}/roles/`),
  },
  clients: {
    create: op('POST', `${CLIENTS}/`),
    create_bulk: op('POST', `${CLIENTS}/bulk`),
    list: op('GET', `${CLIENTS}/`),
    view: op('GET', `${CLIENTS}/{clientID}/`),
    update: op('PATCH', `${CLIENTS}/{clientID}/`),
    update_tags: op('PATCH', `${CLIENTS}/{clientID}/tags`),
    update_secret: op('PATCH', `${CLIENTS}/{clientID}/secret`),
    enable: op('POST', `${CLIENTS}/{clientID}/enable`),
    disable: op('POST', `${CLIENTS}/{clientID}/disable`),
    set_parent: op('POST', `${CLIENTS}/{clientID}/parent`),
    remove_parent: op('DELETE', `${CLIENTS}/{clientID}/parent`),
    delete: op('DELETE', `${CLIENTS}/{clientID}/`),
  },
  channels: {
    create: op('POST', `${CHANNELS}/`),
    create_bulk: op('POST', `${CHANNELS}/bulk`),
    list: op('GET', `${CHANNELS}/`),
    view: op('GET', `${CHANNELS}/{channelID}/`),
    update: op('PATCH', `${CHANNELS}/{channelID}/`),
    update_tags: op('PATCH', `${CHANNELS}/{channelID}/tags`),
    enable: op('POST', `${CHANNELS}/{channelID}/enable`),
    disable: op('POST', `${CHANNELS}/{channelID}/disable`),
    set_parent: op('POST', `${CHANNELS}/{channelID}/parent`),
    remove_parent: op('DELETE', `${CHANNELS}/{channelID}/parent`),
    delete: op('DELETE', `${CHANNELS}/{channelID}/`),
    connect: op('POST', `${CHANNELS}/connect`),
    disconnect: op('POST', `${CHANNELS}/disconnect`),
    connect_channel: op('POST', `${CHANNELS}/{channelID}/connect`),
    disconnect_channel: op('POST', `${CHANNELS}/{channelID}/disconnect`),
  },
  bootstrap: {
    add_config: op('POST', `${CONFIGS}/`),
    list_configs: op('GET', `${CONFIGS}/`),
    view_config: op('GET', `${CONFIGS}/{configID}`),
    update_config: op('PATCH', `${CONFIGS}/{configID}`),
    remove_config: op('DELETE', `${CONFIGS}/{configID}`),
    update_config_certs: op('PATCH', `${CONFIGS}/certs/{configID}`),
    enable_config: op('POST', `${CONFIGS}/{configID}/enable`),
    disable_config: op('POST', `${CONFIGS}/{configID}/disable`),
    create_profile: op('POST', `${PROFILES}/`),
    upload_profile: op('POST', `${PROFILES}/upload`),
    list_profiles: op('GET', `${PROFILES}/`),
    view_profile: op('GET', `${PROFILES}/{profileID}`),
    view_profile_slots: op('GET', `${PROFILES}/{profileID}/slots`),
    render_preview: op('POST', `${PROFILES}/{profileID}/render-preview`),
    update_profile: op('PATCH', `${PROFILES}/{profileID}`),
    delete_profile: op('DELETE', `${PROFILES}/{profileID}`),
    assign_profile: op('PATCH', `${ENROLLMENTS}/profile`),
    bind: op('PUT', `${ENROLLMENTS}/bindings`),
    list_bindings: op('GET', `${ENROLLMENTS}/bindings`),
    refresh_bindings: op('POST', `${ENROLLMENTS}/bindings/refresh`),
    fetch_without_id: op('GET', '/clients/bootstrap/', 'open'),
    fetch: op('GET', '/clients/bootstrap/{externalID}', 'open'),
    fetch_secure: op('GET', '/clients/bootstrap/secure/{externalID}', 'open'),
  },
  certs: {
    issue: op('POST', `${CERTS}/issue/{entityID}`),
    issue_from_csr: op('POST', `${CERTS}/csrs/{entityID}`),
    view: op('GET', `${CERTS}/{id}`),
    list: op('GET', `${CERTS}/`),
    renew: op('PATCH', `${CERTS}/{id}/renew`),
    revoke: op('PATCH', `${CERTS}/{id}/revoke`),
    revoke_all: op('DELETE', `${CERTS}/{entityID}/delete`),
    issue_from_csr_internal: op('POST', '/certs/csrs/{entityID}', 'open'),
    view_ca: op('GET', '/certs/view-ca', 'open'),
    download_ca: op('GET', '/certs/download-ca', 'open'),
    crl: op('GET', '/certs/crl', 'open'),
    ocsp: op('POST', '/certs/ocsp', 'open'),
  },
} as const satisfies Record<string, Record<string, Operation>>;

/** gRPC calls are recorded, and can be faulted, under these names. */
export const GRPC_OPERATIONS = ['authenticate', 'authorize'] as const;

export type HttpService = keyof typeof OPERATIONS;
export const HTTP_SERVICES = Object.keys(OPERATIONS) as HttpService[];

/**
 * Paths below which Magistrala authenticates before it looks for a route: without a token even an unknown path
 * there answers 401 (Magistrala wire §0.3).
 */
export const GUARDED: Record<HttpService, RegExp | undefined> = {
  users: undefined,
  auth: undefined,
  domains: /^\/domains\/[^/]+(?:\/|$)/,
  clients: /^\/[^/]*\/clients(?:\/|$)/,
  channels: /^\/[^/]*\/channels(?:\/|$)/,
  bootstrap: /^\/[^/]*\/clients\/(?:configs|bootstrap)(?:\/|$)/,
  certs: /^\/[^/]*\/certs\/csrs(?:\/|$)/,
};
