import { ProvisionError } from '@org/domain';
import type { Certificates, Provisioner } from '@org/provisioning';

/** Nothing of what was asked for exists here, nor ever will while the configuration says so. */
const platformOff = () =>
  new ProvisionError({
    kind: 'not_found',
    code: 'platform_off',
    message:
      'this service has no platform to provision on (MG_PROVISION_PLATFORM=none); it only enrols devices',
  });

/** What there is of provisioning without a platform. */
export const PLATFORM_OFF: {
  readonly provisioner: Pick<Provisioner, 'active' | 'provision'>;
  readonly certificates: Certificates;
} = {
  provisioner: { active: 0, provision: () => Promise.reject(platformOff()) },
  certificates: { issue: () => Promise.reject(platformOff()) },
};
