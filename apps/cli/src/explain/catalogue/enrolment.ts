import type { Topic } from '../explanation.js';

export const ENROLMENT = {
  title: 'Enrolment by code',
  about: 'A device shows a code, an operator approves it, and the device fetches its certificate.',
  codes: {
    approval_in_progress: {
      kind: 'unavailable',
      status: 503,
      meaning: 'Another request is approving this device right now.',
      check: 'Nothing is wrong if a second operator, or a retry, was faster.',
      fix: 'Repeat the approval after the time in Retry-After; it returns the same result.',
    },
    code_contested: {
      kind: 'conflict',
      status: 409,
      meaning:
        'More than one device shows this code. This can happen only with codes that legacy devices create themselves.',
      check: 'Check that the code on the screen is the one that was entered.',
      fix: 'Wait until the device shows its next code, and use that one.',
    },
    code_malformed: {
      kind: 'invalid',
      status: 400,
      meaning: 'The text is not a code.',
      check: 'Compare it with the code on the device; letters that look alike are not used.',
      fix: 'Enter the code again.',
    },
    code_not_claimed: {
      kind: 'not_found',
      status: 404,
      meaning: 'A legacy device asked about its code, and no one has approved it yet.',
      check: 'Nothing is wrong while the device waits.',
      fix: 'Approve the code. The device keeps asking by itself.',
    },
    code_unknown: {
      kind: 'not_found',
      status: 404,
      meaning: 'No device waits with this code. It may have expired, or have been approved or denied.',
      check: 'Compare it with the code that the device shows now.',
      fix: 'Enter the current code. Each wrong code counts as a failed attempt.',
    },
    enrolment_denied: {
      status: 403,
      meaning: 'An operator has denied this device.',
      check: 'Ask the operators why. The log of the server names who denied it.',
      fix: 'Start a new enrolment on the device, and have it approved.',
    },
    enrolment_expired: {
      kind: 'conflict',
      status: 409,
      meaning: 'The code, or the approved enrolment, was not used in time.',
      check: 'Check MG_PROVISION_CODE_LIFETIME and how long the approval took.',
      fix: 'Let the device request a new code; the agent does so by itself.',
    },
    enrolment_off: {
      status: 404,
      meaning: 'Enrolment by code is switched off.',
      check: 'It needs the built-in authority; check MG_PROVISION_CERTS_BACKEND and MG_PROVISION_ENROLMENT.',
      fix: 'Set MG_PROVISION_CERTS_BACKEND=builtin, and do not set MG_PROVISION_ENROLMENT to off. provision-grpc does not start without enrolment.',
    },
    enrolment_pending: {
      kind: 'unavailable',
      status: 409,
      meaning: 'No one has approved this device yet.',
      check: 'Nothing is wrong while the device waits.',
      fix: 'Approve the code, and poll again after the time in Retry-After. EST answers 202.',
    },
    enrolment_redeemed: {
      kind: 'conflict',
      status: 409,
      meaning: 'The device has fetched its certificate already, so the enrolment cannot be denied any more.',
      check: 'Find the device under GET /{domainID}/machines.',
      fix: 'Revoke the machine instead.',
    },
    enrolment_request_invalid: {
      kind: 'invalid',
      status: 400,
      meaning: 'A field of an enrolment request cannot be used. It is named in field.',
      check: 'The message says what is accepted.',
      fix: 'Correct the field.',
    },
    enrolment_unknown: {
      kind: 'not_found',
      status: 404,
      meaning: 'There is no such enrolment, or its polling secret is not valid any more.',
      check: 'Check whether it expired, and whether the server uses the same database as before.',
      fix: 'Start a new enrolment. EST answers 401.',
    },
    enrolment_unreadable: {
      kind: 'internal',
      status: 500,
      meaning: 'What the database keeps of an enrolment is not what this version writes.',
      check: 'Check whether a newer version of Provision, or other software, wrote to the database.',
      fix: 'Deny the enrolment and enrol the device anew. If all enrolments are affected, restore a backup.',
    },
    key_mismatch: {
      kind: 'forbidden',
      status: 403,
      meaning: 'The request is for another key than the one the enrolment began with.',
      check: 'Check whether the device created a new key while its enrolment was waiting.',
      fix: 'Start a new enrolment with the new key.',
    },
    messaging_not_offered: {
      kind: 'not_found',
      status: 404,
      meaning: "A legacy device asked for mecha's messaging, which Provision does not have.",
      check: 'Nothing is wrong: enrolment works without it.',
      fix: 'No action is needed.',
    },
    legacy_devices_off: {
      meaning: 'Codes that legacy devices create themselves are not accepted.',
      check:
        'Check MG_PROVISION_LEGACY_DEVICES. The HTTP status is 403; on the routes of legacy devices it is 404.',
      fix: 'Set MG_PROVISION_LEGACY_DEVICES=true if you have such devices, and read the page about guessing first.',
    },
    redemption_in_progress: {
      kind: 'unavailable',
      status: 503,
      meaning: 'The device is being given its certificate by another request right now.',
      check: 'Nothing is wrong if the device retried.',
      fix: 'Repeat the request after the time in Retry-After; it returns the same certificate.',
    },
    ticket_refused: {
      kind: 'forbidden',
      status: 403,
      meaning: 'A legacy device sent a ticket that is unknown, expired, replaced or used too often.',
      check: 'Check how much time passed between approval and signing.',
      fix: 'Let the device ask about its code again; it gets a new ticket.',
    },
    too_many_attempts: {
      kind: 'unavailable',
      status: 429,
      meaning:
        'Too many wrong codes were entered. The field limit says whether by this operator, from this address, or in total.',
      check: 'The log lines of refused requests name operator and address; many of them may be an attack.',
      fix: 'Retry after the time in Retry-After, with the code that the device shows.',
    },
    too_many_pending: {
      kind: 'unavailable',
      status: 429,
      meaning:
        'Too many devices wait for approval. The field limit says whether from this address or in total.',
      check:
        'Operators from the configuration can list them: GET /v1/enrolments/pending. Many from one address may be an attack.',
      fix: 'Approve or deny the waiting devices, or drop them. The device retries by itself.',
    },
  },
} as const satisfies Topic;
