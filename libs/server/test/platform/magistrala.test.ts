import { platformContract } from '@org/provisioning/testing';
import { openWorld } from '../world.js';

platformContract('Magistrala', async () => {
  const world = await openWorld();
  return {
    session: world.session(world.tokens.owner),
    stranger: world.session(world.tokens.stranger),
    close: world.close,
  };
});
