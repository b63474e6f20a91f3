import type { StepName } from '@org/provisioning';

/**
 * What the original service answers, word for word (Magistrala wire §7.2): users' scripts match on it.
 * `status` stands where the cause is neither a permission, an outage nor a duplicate.
 */
export const WIRE = {
  missingToken: 'missing or invalid bearer user token',
  badToken: 'failed to perform authentication over the entity',
  unverifiedUser: 'email not verified',
  contentType: 'unsupported content type',
  json: 'request body is not a valid JSON, expecting a valid JSON',
  missingId: 'missing entity id',
  missingKey: 'missing or invalid bearer entity key',
  missingName: 'missing identity name',
} as const;

export const STEP_FAILURES: Record<StepName, { readonly message: string; readonly status: number }> = {
  look_up: { message: 'failed to look up the external id', status: 422 },
  clients: { message: 'failed to create client', status: 400 },
  channels: { message: 'failed to create channel', status: 400 },
  connections: { message: 'failed to connect clients to channels', status: 422 },
  configuration: { message: 'failed to create bootstrap config', status: 422 },
  hold: { message: 'failed to update client', status: 400 },
  bindings: { message: 'failed to bind bootstrap resources', status: 422 },
  certificates: { message: 'failed to create certificates', status: 422 },
  delivery: { message: 'failed to create certificates', status: 422 },
  metadata: { message: 'failed to update gateway metadata', status: 422 },
  enable: { message: 'failed to update client', status: 400 },
};
