import { leaseLost } from '@org/domain';
import { callerToken } from '@org/provisioning';
import { platformContract } from '@org/provisioning/testing';
import { openWorld } from '../world.js';

platformContract('Magistrala', async () => {
  const world = await openWorld();
  const { owner, stranger } = world.tokens;
  const lost = {
    assertHeld: () => {
      throw leaseLost();
    },
  };
  return {
    session: world.session(owner),
    stranger: world.session(stranger),
    late: world.platform.open({ domainId: world.domain.id, token: callerToken(owner), lease: lost }),
    close: world.close,
  };
});
