export * as authV1 from './gen/auth/v1/auth.js';
export * as identity from './gen/identity.js';
export * as provisioning from './gen/provisioning.js';
export * as enrolmentV1 from './gen/provision/v1/enrolment.js';
