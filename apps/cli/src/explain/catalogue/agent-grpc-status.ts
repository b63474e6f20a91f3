import type { Topic } from '../explanation.js';

export const AGENT_GRPC_STATUS = {
  title: 'Agent: gRPC status',
  about: 'The server, or something in front of it, answered with a gRPC status and no code of Provision.',
  codes: {
    grpc_aborted: {
      kind: 'unavailable',
      meaning: 'Status ABORTED.',
      check: 'Look for a proxy in front of the server.',
      fix: 'The agent tries again by itself.',
    },
    grpc_already_exists: {
      kind: 'unavailable',
      meaning: 'Status ALREADY_EXISTS.',
      check: 'Look for a proxy in front of the server.',
      fix: 'The agent tries again by itself.',
    },
    grpc_cancelled: {
      kind: 'ambiguous',
      meaning: 'Status CANCELLED: the call was ended from the other side.',
      check: 'Check the time limits of proxies.',
      fix: 'The agent tries again by itself.',
    },
    grpc_data_loss: {
      kind: 'ambiguous',
      meaning: 'Status DATA_LOSS.',
      check: 'Read the log of the server.',
      fix: 'The agent tries again by itself.',
    },
    grpc_deadline_exceeded: {
      kind: 'ambiguous',
      meaning: 'Status DEADLINE_EXCEEDED: the server did not answer in time.',
      check: 'Check the network and the load of the server.',
      fix: 'The agent tries again by itself.',
    },
    grpc_failed_precondition: {
      kind: 'unavailable',
      meaning: 'Status FAILED_PRECONDITION.',
      check: 'Look for a proxy in front of the server.',
      fix: 'The agent tries again by itself.',
    },
    grpc_internal: {
      kind: 'ambiguous',
      meaning: 'Status INTERNAL, often a broken HTTP/2 connection.',
      check: 'Look for a proxy that does not speak HTTP/2, and read the log of the server.',
      fix: 'The agent tries again by itself.',
    },
    grpc_invalid_argument: {
      kind: 'unavailable',
      meaning: 'Status INVALID_ARGUMENT.',
      check: 'Look for a proxy in front of the server.',
      fix: 'The agent tries again by itself.',
    },
    grpc_not_found: {
      kind: 'unavailable',
      meaning: 'Status NOT_FOUND.',
      check: 'Check the URL of the server, and a proxy that routes by path.',
      fix: 'Correct the URL or the proxy.',
    },
    grpc_out_of_range: {
      kind: 'unavailable',
      meaning: 'Status OUT_OF_RANGE.',
      check: 'Look for a proxy in front of the server.',
      fix: 'The agent tries again by itself.',
    },
    grpc_permission_denied: {
      kind: 'unavailable',
      meaning: 'Status PERMISSION_DENIED.',
      check: 'Look for a proxy that refuses the call.',
      fix: 'Have the proxy allow it.',
    },
    grpc_resource_exhausted: {
      kind: 'unavailable',
      meaning: 'Status RESOURCE_EXHAUSTED: a proxy limits calls or their size.',
      check: 'Check its limits.',
      fix: 'Raise them. The agent tries again by itself.',
    },
    grpc_unauthenticated: {
      kind: 'unavailable',
      meaning: 'Status UNAUTHENTICATED.',
      check: 'Look for a proxy that asks for credentials of its own.',
      fix: 'Have the proxy pass the call through.',
    },
    grpc_unavailable: {
      kind: 'unavailable',
      meaning: 'Status UNAVAILABLE: there is no connection, or the server is starting or stopping.',
      check: 'Check that the server runs, and the network.',
      fix: 'The agent tries again by itself.',
    },
    grpc_unimplemented: {
      kind: 'unavailable',
      meaning: 'Status UNIMPLEMENTED: the other end does not have this call.',
      check: 'Check the URL of the server, and its version.',
      fix: 'Correct the URL, or update the server.',
    },
    grpc_unknown: {
      kind: 'ambiguous',
      meaning: 'Status UNKNOWN.',
      check: 'Read the log of the server, or of the proxy in front.',
      fix: 'The agent tries again by itself.',
    },
  },
} as const satisfies Topic;
