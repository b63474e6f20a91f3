export type { DeviceFacts, EnrolmentState, Leftover, RevocationReason } from '@org/domain';
export {
  type ProvisionClient,
  type ProvisionClientOptions,
  type ProvisionOptions,
  type Token,
  createProvisionClient,
} from './client.js';
export type { CallOptions } from './call-options.js';
export { ProvisionApiError, isProvisionApiError } from './errors.js';
export type {
  Enrolment,
  EnrolmentsPage,
  Machine,
  MachineCertificate,
  MachineWithCertificates,
  MachinesPage,
} from './operator-types.js';
export type { Approval, EnrolmentsApi, MachinesApi, Paging, PendingSelection, ItemRef } from './operators.js';
export type {
  GatewayRequest,
  IssuedCertificate,
  LeftoversPage,
  ProvisionedChannel,
  ProvisionedClient,
  ProvisionedGateway,
  Readiness,
  RunRemnants,
  UnfinishedRemoval,
} from './types.js';
export { ERROR_CODES, type ErrorCode, type ErrorKind, type JsonObject, Secret } from '@org/domain';
