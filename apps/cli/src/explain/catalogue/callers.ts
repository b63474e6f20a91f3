import type { Topic } from '../explanation.js';

export const CALLERS = {
  title: 'Callers and rights',
  about: 'Who may call what. The authorization page has the table of rights.',
  codes: {
    client_certificate_required: {
      meaning:
        "The call needs the device's certificate as TLS client certificate, and the connection showed none.",
      check:
        "Check the client's TLS settings. A proxy that ends TLS in front of Provision removes the certificate.",
      fix: 'Connect with certificate and key of the device, directly or through a proxy that passes TLS through. Over HTTP the status is 403.',
    },
    configured_operators_only: {
      kind: 'forbidden',
      status: 403,
      meaning:
        'Devices that wait for approval belong to no domain yet, so only operators from the configuration may list all of them.',
      check: 'Check whether the token is one from MG_PROVISION_OPERATOR_TOKENS.',
      fix: 'Find the device by its code instead, or ask an operator from the configuration.',
    },
    invalid_token: {
      kind: 'unauthenticated',
      status: 401,
      meaning: 'The token is not valid: it is unknown, malformed or expired.',
      check: 'Check its expiry, and that it was issued by the Magistrala that this service uses.',
      fix: 'Get a new token and send it as Authorization: Bearer TOKEN.',
    },
    may_not_create: {
      kind: 'forbidden',
      status: 403,
      meaning: 'The caller may not create clients in this domain.',
      check: "Check the caller's role in the domain and the scopes of a personal access token.",
      fix: 'Ask an administrator of the domain for the right to create clients.',
    },
    may_not_read: {
      kind: 'forbidden',
      status: 403,
      meaning: 'The caller may not read bootstrap configurations of this domain.',
      check: "Check the caller's role in the domain and the scopes of a personal access token.",
      fix: 'Ask an administrator of the domain for the right to read bootstrap configurations.',
    },
    may_not_remove: {
      kind: 'forbidden',
      status: 403,
      meaning: 'The caller may not delete the client, or all clients of this domain.',
      check: "Check the caller's role in the domain and the scopes of a personal access token.",
      fix: 'Ask an administrator of the domain for the right to delete clients.',
    },
    may_not_update: {
      kind: 'forbidden',
      status: 403,
      meaning: 'The caller may not update the client, or all clients of this domain.',
      check: "Check the caller's role in the domain and the scopes of a personal access token.",
      fix: 'Ask an administrator of the domain for the right to update clients.',
    },
    missing_basic_credentials: {
      kind: 'unauthenticated',
      status: 401,
      meaning: 'The EST request has no HTTP Basic credentials.',
      check: "Check that the client sends the device's code as user name and its polling secret as password.",
      fix: 'Configure both in the EST client.',
    },
    missing_credentials: {
      kind: 'unauthenticated',
      status: 401,
      meaning: 'The request has no token, and the service has no credentials of its own to use instead.',
      check: 'Check for the header Authorization: Bearer TOKEN. A proxy may remove it.',
      fix: 'Send a token. Requests without one need MG_PROVISION_ALLOW_ANONYMOUS=true and MG_PROVISION_API_KEY, or MG_PROVISION_USERNAME and MG_PROVISION_PASS.',
    },
    not_a_member: {
      kind: 'forbidden',
      status: 403,
      meaning: 'The caller is not a member of this domain.',
      check: 'Check the domain id in the path and whose token it is.',
      fix: 'Use a token of a member, or have an administrator add the user to the domain.',
    },
    operator_name_invalid: {
      kind: 'invalid',
      meaning: 'The name for a new operator token is not usable.',
      check: 'It may have 1 to 64 letters, digits, dots, underscores and hyphens.',
      fix: 'Choose another name and create the token again.',
    },
    operator_needs_credentials: {
      kind: 'forbidden',
      status: 403,
      meaning:
        "An operator from the configuration acts on the platform with the service's own credentials, and the service has none.",
      check: 'Check MG_PROVISION_API_KEY, MG_PROVISION_USERNAME and MG_PROVISION_PASS.',
      fix: 'Set these credentials, or call with a token of the platform.',
    },
    tls_required: {
      kind: 'forbidden',
      status: 403,
      meaning: 'The route handles secrets and does not answer plain HTTP from other machines.',
      check:
        'Check whether the client uses https, and whether the proxy in front is listed in MG_PROVISION_TRUSTED_PROXIES and sends X-Forwarded-Proto.',
      fix: 'Use TLS, or put a proxy with TLS in front. See the TLS page.',
    },
    token_ends_too_soon: {
      kind: 'unauthenticated',
      status: 401,
      meaning:
        'The token would expire before a provisioning run and its rollback are certain to be finished.',
      check: 'The message says how long the token lasts and how long the run may need.',
      fix: 'Get a new token just before the call, or use a personal access token.',
    },
    token_needs_auth_service: {
      kind: 'unauthenticated',
      status: 401,
      meaning:
        "Personal access tokens can only be verified by Magistrala's auth service over gRPC, which is not configured here.",
      check: 'Check MG_AUTH_GRPC_URL.',
      fix: 'Configure the auth service, or send an access token instead.',
    },
    unverified_user: {
      kind: 'unauthenticated',
      status: 401,
      meaning: 'The user of this token has not verified their e-mail address.',
      check: "Check the user's state on the platform.",
      fix: 'Verify the address, then get a new token.',
    },
  },
} as const satisfies Topic;
