import type { Topic } from '../explanation.js';

export const REQUESTS = {
  title: 'Requests',
  about: 'What the HTTP API refuses about a request itself, before anything is done.',
  codes: {
    bad_request: {
      kind: 'invalid',
      status: 400,
      meaning: 'The request is not valid HTTP, or its path cannot be decoded.',
      check: 'Look for a raw space, a broken percent escape, or plain HTTP sent to a TLS port.',
      fix: 'Correct the client; sending the same request again gives the same answer.',
    },
    body_too_large: {
      kind: 'invalid',
      status: 413,
      meaning: 'The request body is larger than this route accepts.',
      check:
        'Compare its size with the page about limits; some routes have a smaller limit than MG_PROVISION_BODY_LIMIT.',
      fix: 'Send only the fields that the call takes, or raise MG_PROVISION_BODY_LIMIT.',
    },
    csr_not_base64: {
      kind: 'invalid',
      status: 400,
      meaning: 'The body of an EST request is not a certificate request in base64.',
      check: 'Check that the client sends PKCS#10 as DER in base64, with Content-Type application/pkcs10.',
      fix: 'Correct the EST client.',
    },
    headers_too_large: {
      status: 431,
      meaning: 'The headers of the request are larger than the server accepts.',
      check: 'Look for very long cookies or tokens that a browser or a proxy adds.',
      fix: 'Shorten or remove those headers.',
    },
    id_unknown: {
      kind: 'not_found',
      status: 404,
      meaning: 'The id in the path does not exist in this domain.',
      check: 'Check the id, the domain in the path, and whether the token belongs to that domain.',
      fix: 'List the resources first, and use an id from that list.',
    },
    internal: {
      kind: 'internal',
      status: 500,
      meaning: 'Provision has met a defect. The answer says nothing about it on purpose.',
      check: 'Search the log of the app for the request id (request_id in the answer).',
      fix: 'Report it with the log line. Retry once: the call may have been completed.',
    },
    invalid_field: {
      kind: 'invalid',
      status: 400,
      meaning: 'A field of the body has a value that the call does not accept. The answer names it in field.',
      check: 'Compare the value with the API documentation; the message says what is accepted.',
      fix: 'Correct the field and send the request again.',
    },
    invalid_idempotency_key: {
      kind: 'invalid',
      status: 400,
      meaning: 'The header Idempotency-Key is not usable.',
      check: 'Check its length and that it holds printable ASCII only.',
      fix: 'Send a new random key, such as a UUID.',
    },
    invalid_json: {
      kind: 'invalid',
      status: 400,
      meaning: 'The request body is not the JSON that the call takes.',
      check:
        'Check for truncated bodies, trailing commas, and a field of the wrong type (field, where it is given).',
      fix: 'Correct the body.',
    },
    invalid_query_parameters: {
      kind: 'invalid',
      status: 400,
      meaning: 'A query parameter has a value that the call does not accept. It is named in field.',
      check: 'Compare the value with the API documentation.',
      fix: 'Correct the parameter.',
    },
    invalid_ttl: {
      kind: 'invalid',
      status: 400,
      meaning: 'The ttl of a certificate is not a duration above zero.',
      check: 'Check for a missing unit: 720 is not a duration, 720h is.',
      fix: 'Write a duration such as 720h or 90m.',
    },
    json_not_utf8: {
      kind: 'invalid',
      status: 400,
      meaning: 'The request body is JSON in another encoding than UTF-8.',
      check: 'Check the encoding that the client writes; a Content-Type with a charset does not change it.',
      fix: 'Send UTF-8.',
    },
    json_too_deep: {
      kind: 'invalid',
      status: 400,
      meaning: 'The JSON of the request body is nested more deeply than any call needs.',
      check: 'Check that the client sends the intended document.',
      fix: 'Send only the fields that the call takes.',
    },
    json_too_many_values: {
      kind: 'invalid',
      status: 400,
      meaning: 'The JSON of the request body holds more values than any call needs.',
      check: 'Check that the client sends the intended document.',
      fix: 'Send only the fields that the call takes.',
    },
    malformed_request: {
      kind: 'invalid',
      meaning:
        'A gRPC request cannot be decoded: its bytes are not the message of this method, or its compression or deadline is unreadable.',
      check: "Compare the client's generated code with the .proto files of this version.",
      fix: 'Regenerate the client from these files.',
    },
    method_not_allowed: {
      status: 405,
      meaning:
        'The path exists, but not for this HTTP method. The header Allow lists the methods that it takes.',
      check: 'Check the method, and for a proxy or redirect that turns POST into GET.',
      fix: 'Use one of the methods in Allow.',
    },
    metrics_off: {
      kind: 'not_found',
      status: 404,
      meaning: 'Metrics are switched off.',
      check: 'Check MG_PROVISION_METRICS.',
      fix: 'Set MG_PROVISION_METRICS=on, and read them from a trusted network only.',
    },
    missing_client_id: {
      kind: 'invalid',
      status: 400,
      meaning: 'The request for a certificate does not name a client.',
      check: 'Check that the body has client_id.',
      fix: 'Add client_id with the id of a client in this domain.',
    },
    missing_external_id: {
      kind: 'invalid',
      status: 400,
      meaning: 'The provisioning request has no external_id.',
      check: 'Check the body for external_id.',
      fix: 'Send the id under which the gateway will ask for its configuration.',
    },
    missing_external_key: {
      status: 401,
      meaning:
        "The provisioning request has no external_key. The status is 401 for compatibility with Magistrala's Provision service; your token is fine.",
      check: 'Check the body for external_key.',
      fix: 'Send the key with which the gateway will ask for its configuration.',
    },
    missing_name: {
      kind: 'invalid',
      status: 400,
      meaning: 'The provisioning request has no name, and the layout needs one.',
      check: 'Check the body for name.',
      fix: 'Send a name for the gateway.',
    },
    request_timeout: {
      status: 408,
      meaning: 'The request did not arrive completely in time.',
      check:
        'Check the network between client and server, and whether the client stops in the middle of a body.',
      fix: 'Send the request again.',
    },
    route_not_found: {
      kind: 'not_found',
      status: 404,
      meaning: 'There is no such route.',
      check:
        'Check the path for typing errors, and a proxy that adds or removes a prefix. /docs lists the routes, where it is switched on.',
      fix: 'Use a documented path.',
    },
    stopping: {
      kind: 'unavailable',
      status: 503,
      meaning: 'The server is shutting down and starts no new work.',
      check: 'Nothing is wrong if the server is being restarted or replaced.',
      fix: 'Retry after the time in Retry-After; another replica or the new process will answer.',
    },
    too_many_streams: {
      kind: 'unavailable',
      meaning: 'A gRPC client has too many streams open, or the server has.',
      check: 'The field limit says whether the address or the whole server reached its limit.',
      fix: 'Close unused streams, or poll with single calls. Retry after the time in the answer.',
    },
    too_many_unfinished: {
      kind: 'unavailable',
      status: 429,
      meaning: 'Too many requests are being received at the same time and are not complete.',
      check:
        'The field limit says whether your address or the whole server reached its limit. Many slow requests may be an attack.',
      fix: 'Retry after the time in Retry-After.',
    },
    unknown_field: {
      kind: 'invalid',
      status: 400,
      meaning:
        'The body has a field that the call does not know. Provision refuses it, because ignoring it could hide a mistake.',
      check: 'The field nearest is the known name most similar to it.',
      fix: 'Correct or remove the field.',
    },
    unknown_query_parameter: {
      kind: 'invalid',
      status: 400,
      meaning: 'The URL has a query parameter that the call does not know.',
      check: 'The field nearest is the known name most similar to it.',
      fix: 'Correct or remove the parameter.',
    },
    unsupported_content_type: {
      kind: 'invalid',
      status: 415,
      meaning: 'The header Content-Type is missing or is not the one that this route takes.',
      check:
        "For POST /{domainID}/mapping it must be exactly application/json, as in Magistrala's Provision service.",
      fix: 'Send the Content-Type that the API documentation names.',
    },
  },
} as const satisfies Topic;
