import { bootstrapping } from '../device/bootstrap-status.js';
import type { Finding, Patient } from './finding.js';

const check = 'bootstrap';

export async function checkBootstrap({ device }: Patient): Promise<readonly Finding[]> {
  const { state, service, domainId, broker } = await bootstrapping(device);
  switch (state) {
    case 'none':
      return [{ check, result: 'skipped', message: 'there is no bootstrap configuration to get' }];
    case 'absent':
      return [
        {
          check,
          result: 'warn',
          message: `not fetched yet from ${service}`,
          advice: 'The agent fetches it while it runs; its log says why it could not.',
        },
      ];
    default:
      return [{ check, result: 'ok', message: `domain ${domainId}, broker ${broker}` }];
  }
}
