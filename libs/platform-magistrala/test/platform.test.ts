import { leaseLost } from '@org/domain';
import { type AuthClient, createAuthClient } from '@org/magistrala-sdk';
import { platformContract } from '@org/provisioning/testing';
import { openWorld } from './world.js';

const lost = {
  assertHeld: () => {
    throw leaseLost();
  },
};

function sessions(world: Awaited<ReturnType<typeof openWorld>>, auth?: AuthClient) {
  const { owner, stranger, reader } = world.tokens;
  return {
    session: world.session(owner, auth),
    stranger: world.session(stranger, auth),
    reader: world.session(reader, auth),
    late: world.platform.open({ ...world.access(owner), lease: lost }),
  };
}

platformContract('Magistrala', async () => {
  const world = await openWorld();
  return { ...sessions(world), close: world.close };
});

platformContract('Magistrala with its auth service', async () => {
  const world = await openWorld();
  const auth = createAuthClient({ address: world.emulator.authGrpc, timeoutMs: 30_000 });
  return {
    ...sessions(world, auth),
    async close() {
      auth.close();
      await world.close();
    },
  };
});
