export * as authV1 from './gen/auth/v1/auth.js';
