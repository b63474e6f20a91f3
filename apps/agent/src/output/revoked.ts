import { isProvisionError } from '@org/domain';

/** In the same words by every command that finds it out. */
export const REVOKED = 'revoked: the server no longer accepts the certificate of this device';

export const REVOKED_ADVICE =
  'Ask its operator; if the device is to stay in use: provision-agent enrol --again.';

/** Whether a server has refused a certificate because it is revoked. */
export const isRevocation = (error: unknown): boolean =>
  isProvisionError(error) && error.code === 'certificate_revoked';
