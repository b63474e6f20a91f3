export * as authV1 from './gen/auth/v1/auth.js';
export { Any } from './gen/google/protobuf/any.js';
export { ErrorInfo, RetryInfo } from './gen/google/rpc/error_details.js';
export { Status as RpcStatus } from './gen/google/rpc/status.js';
export * as identity from './gen/identity.js';
export * as provisioning from './gen/provisioning.js';
export * as enrolmentV1 from './gen/provision/v1/enrolment.js';
