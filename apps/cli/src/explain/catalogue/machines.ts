import type { Topic } from '../explanation.js';

export const MACHINES = {
  title: 'Enrolled devices and their certificates',
  about: 'Renewal, re-issue, check-in and revocation.',
  codes: {
    certificate_expired: {
      meaning:
        'The certificate has expired. A server refuses to renew it when it expired too long ago, or was renewed late too often.',
      check: "Compare the clock of the device with the real time, and the certificate's end with the log.",
      fix: "Enrol the device again. For an authority's certificate, see the page about rotating the authority.",
    },
    certificate_not_found: {
      kind: 'not_found',
      status: 404,
      meaning: "Magistrala's certs service has no certificate with this serial number.",
      check: 'Check the serial number and the domain.',
      fix: 'List the certificates of the client, and use a serial number from there.',
    },
    certificate_not_recorded: {
      kind: 'forbidden',
      status: 403,
      meaning:
        'The built-in authority made this certificate, but the database has no record of it: the database was restored from a backup that is older than the certificate.',
      check:
        'The log names serial number and subject of each such device (a device has a certificate that is not on record), and provision_machine_events_total{event="not_recorded"} counts them.',
      fix: 'On the device: provision-agent enrol --again. Then approve the code that it shows. Its old certificate stays in use meanwhile.',
    },
    certificate_revoked: {
      status: 403,
      meaning: 'The certificate has been revoked, so it cannot be renewed or used.',
      check: 'GET /{domainID}/machines/{id} says who revoked it and why.',
      fix: 'If the device is trusted again, enrol it again. A revocation cannot be undone.',
    },
    certificate_unanswered: {
      kind: 'unavailable',
      status: 503,
      meaning:
        'The platform did not answer in time when a certificate was issued. It is not known whether it issued one; leftovers lists candidates, which Provision revokes.',
      check: 'Check the certs service of the platform.',
      fix: 'Retry after the time in Retry-After.',
    },
    certificate_unknown: {
      meaning: 'No certificate with this serial number is on record.',
      check: 'Check whether another installation, or an earlier authority, issued it.',
      fix: 'For a device, enrol it again. For the command line, provision ca list shows the known serial numbers.',
    },
    client_not_found: {
      kind: 'not_found',
      status: 404,
      meaning: 'The domain has no client with this id.',
      check: 'Check the client id and the domain in the path.',
      fix: 'Use the id of an existing client.',
    },
    machine_enrolled: {
      kind: 'conflict',
      status: 409,
      meaning:
        'The client is a device that was enrolled with a key of its own, so no certificate with a new key is issued for it.',
      check: 'Find the device under GET /{domainID}/machines.',
      fix: 'Ask it to renew instead: POST /{domainID}/machines/{id}/reissue.',
    },
    machine_revoked: {
      kind: 'conflict',
      status: 409,
      meaning: 'The device has been revoked.',
      check: 'GET /{domainID}/machines/{id} says who revoked it and why.',
      fix: 'Enrol the device again, if it is trusted again.',
    },
    machine_unknown: {
      kind: 'not_found',
      status: 404,
      meaning: 'The domain has no device with this id.',
      check: 'Check the id and the domain in the path.',
      fix: 'List the devices: GET /{domainID}/machines.',
    },
    proof_invalid: {
      kind: 'unauthenticated',
      status: 401,
      meaning: "The device's proof does not show that it has the key of its certificate.",
      check:
        'Check the clock of the device, and whether its key was replaced without its certificate. EST answers 403.',
      fix: 'Restore the matching key, or enrol the device again.',
    },
    reissue_refused: {
      kind: 'forbidden',
      status: 403,
      meaning: 'A legacy device asked for a new certificate, and no operator has allowed it.',
      check: 'Check whether the re-issue was used already.',
      fix: 'Allow it: POST /{domainID}/machines/{id}/reissue, then let the device ask again.',
    },
    revocation_reason_invalid: {
      kind: 'invalid',
      status: 400,
      meaning: 'The reason for a revocation is not one of RFC 5280.',
      check: 'The message lists the reasons.',
      fix: 'Use one of them, such as keyCompromise or unspecified.',
    },
    too_many_renewals: {
      kind: 'unavailable',
      status: 429,
      meaning: 'The device has renewed its certificate too often.',
      check: 'Check why it renews: a device that loses its files, or two devices with the same identity.',
      fix: 'Wait for the time in Retry-After. The current certificate stays valid.',
    },
  },
} as const satisfies Topic;
