import type { Topic } from '../explanation.js';

export const PROVISIONING = {
  title: 'Provisioning runs',
  about:
    'A run creates what a layout describes, or rolls back. Answers of a failed step name it in step; leftovers lists what could not be removed yet, which Provision keeps trying to remove.',
  codes: {
    bindings_failed: {
      meaning: 'The step that binds resources to the bootstrap configuration failed.',
      check: 'The field upstream is the answer of the bootstrap service.',
      fix: 'Correct what upstream names, then send the request again.',
    },
    certificates_failed: {
      meaning: 'The step that issues certificates failed.',
      check:
        'The field upstream is the answer of the certs service; with the built-in authority, see the log.',
      fix: 'Correct the cause, then send the request again. Check that MG_PROVISION_CERTS_BACKEND names a working backend.',
    },
    channels_failed: {
      meaning: 'The step that creates channels failed.',
      check: 'The field upstream is the answer of the channels service.',
      fix: 'Correct what upstream names, often a name or route in the layout, then send the request again.',
    },
    clients_failed: {
      meaning: 'The step that creates clients failed.',
      check: 'The field upstream is the answer of the clients service.',
      fix: 'Correct what upstream names, often a client in the layout, then send the request again.',
    },
    configuration_failed: {
      meaning: 'The step that creates the bootstrap configuration failed.',
      check: 'The field upstream is the answer of the bootstrap service.',
      fix: 'Correct what upstream names, often the content in the layout, then send the request again.',
    },
    connections_failed: {
      meaning: 'The step that connects clients to channels failed.',
      check: 'The field upstream is the answer of the channels service.',
      fix: 'Check the connection types in the layout, then send the request again.',
    },
    delivery_failed: {
      meaning: 'The step that adds the certificate to the bootstrap configuration failed.',
      check: 'The field upstream is the answer of the bootstrap service.',
      fix: 'Send the request again. If it fails again, check the bootstrap service.',
    },
    domain_unknown: {
      kind: 'not_found',
      status: 404,
      meaning: 'The platform has no domain with this id.',
      check: 'Check the domain id in the path, and that the service uses the right Magistrala.',
      fix: 'Use the id of an existing domain.',
    },
    enable_failed: {
      meaning: 'The step that enables clients at the end of a run failed.',
      check: 'The field upstream is the answer of the clients service.',
      fix: 'Send the request again.',
    },
    external_id_busy: {
      kind: 'conflict',
      status: 409,
      meaning: 'Another request is provisioning the same external id right now.',
      check: 'The message names the run, if it belongs to your domain.',
      fix: 'Wait until it is finished, then look the external id up before you try again.',
    },
    external_id_being_removed: {
      kind: 'unavailable',
      status: 503,
      meaning:
        'The platform still has resources of an earlier run for this external id, which are being removed.',
      check: 'GET /{domainID}/leftovers lists what could not be removed yet.',
      fix: 'Send the request again after the time in Retry-After.',
    },
    external_id_exists: {
      kind: 'conflict',
      status: 409,
      meaning: 'The external id has been provisioned already. The field existing lists the resources.',
      check: 'Check whether an earlier request, whose answer was lost, created them.',
      fix: 'Use the existing resources, or remove them first. With an Idempotency-Key a retry returns the first answer.',
    },
    hold_failed: {
      meaning: 'The step that keeps new clients disabled until the run is complete failed.',
      check: 'The field upstream is the answer of the clients service.',
      fix: 'Send the request again.',
    },
    idempotency_key_in_progress: {
      kind: 'conflict',
      status: 409,
      meaning: 'The first request with this Idempotency-Key is not finished yet.',
      check: 'Nothing is wrong: a retry was faster than the first request.',
      fix: 'Send the same request again after the time in Retry-After. It then returns the first answer.',
    },
    idempotency_key_reused: {
      kind: 'invalid',
      status: 422,
      meaning: 'The Idempotency-Key was used before, with a different body.',
      check: 'Check that the client creates a new key for each new request and keeps it for retries only.',
      fix: 'Use a new key.',
    },
    invalid_external_id: {
      kind: 'invalid',
      status: 400,
      meaning: 'The external id is too long or has characters that cannot be used.',
      check: 'The message says what is allowed with this layout.',
      fix: 'Choose another external id.',
    },
    invalid_external_key: {
      kind: 'invalid',
      status: 400,
      meaning: 'The external key is too long or has characters that cannot be used.',
      check: 'The message says what is allowed.',
      fix: 'Choose another external key.',
    },
    invalid_name: {
      kind: 'invalid',
      status: 400,
      meaning: 'The name is too long for the names that the layout builds from it.',
      check: 'The message says how many bytes are left for it.',
      fix: 'Choose a shorter name.',
    },
    layout_unknown: {
      kind: 'invalid',
      status: 400,
      meaning: 'No layout of this name is configured.',
      check: 'The message lists the names that exist.',
      fix: 'Use one of them, or add the layout to the configuration.',
    },
    lease_lost: {
      kind: 'conflict',
      status: 409,
      meaning: 'Another process has taken this work over, because this one was silent for too long.',
      check: 'Check the log for a slow database or a suspended process around that time.',
      fix: 'Ask for the result again in a moment; the other process finishes the work.',
    },
    look_up_failed: {
      meaning: 'The step that checks whether the external id exists failed.',
      check: 'The field upstream is the answer of the bootstrap service.',
      fix: 'Check that the bootstrap service can be reached, then send the request again.',
    },
    metadata_failed: {
      meaning: "The step that writes the gateway's metadata failed.",
      check: 'The field upstream is the answer of the clients service.',
      fix: 'Send the request again.',
    },
    outcome_unknown: {
      kind: 'ambiguous',
      status: 503,
      meaning:
        'It is not known yet whether the request succeeded. Provision finds out, and completes or rolls back by itself.',
      check: 'The message says how to learn the result. Check the platform and the database for an outage.',
      fix: 'Send the same request with the same Idempotency-Key again after the time in Retry-After. Do not send it with a new key.',
    },
    platform_busy: {
      kind: 'unavailable',
      status: 503,
      meaning: 'Provision limits its concurrent calls to the platform, and all are in use.',
      check: "Check how long the platform's services take to answer.",
      fix: 'Retry after the time in Retry-After.',
    },
    platform_off: {
      meaning: 'The call needs a platform, and this installation runs without one.',
      check:
        'Check MG_PROVISION_PLATFORM. The HTTP status is 404; for an approval that asks for a gateway it is 503.',
      fix: 'Use the calls for enrolment only, or configure a platform.',
    },
    removal_under_way: {
      kind: 'conflict',
      status: 409,
      meaning: 'What the run created is being removed already, by another request or by recovery.',
      check: 'GET /{domainID}/leftovers shows what is left.',
      fix: 'Wait for it, and look again after the time in Retry-After.',
    },
    unremovable: {
      kind: 'conflict',
      meaning: 'Magistrala refuses to remove a resource, for every caller.',
      check: 'Look for it in GET /{domainID}/leftovers; it is listed under remnants.',
      fix: "See the page about remnants: remove it in Magistrala's databases, then acknowledge it.",
    },
  },
} as const satisfies Topic;
