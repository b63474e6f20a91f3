import { beforeAll, describe, expect, it } from '@jest/globals';
import type { IdentityStore } from '../../src/index.js';
import { NOW } from '../support/authority.js';
import { pathsIn, provision, storeIn } from '../support/device.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { DUE, Renewing } from '../support/renewing.js';

let renewing: Renewing;
beforeAll(async () => {
  renewing = await Renewing.make();
});

/** An attempt at a renewal, and what someone else does while it is at a step. */
async function overtaken(
  at: 'request' | 'test',
  meanwhile: (store: IdentityStore) => Promise<unknown>,
): Promise<{ store: IdentityStore; disk: MemoryDisk; attempt: object }> {
  const disk = new MemoryDisk(renewing.disk);
  const store = storeIn('/d', disk);
  const { renewal, server } = renewing.device({
    store,
    connections: {
      test: async () => void (at === 'test' && (await meanwhile(store))),
    },
  });
  const renew = server.renew.bind(server);
  server.renew = async (request) => {
    if (at === 'request') await meanwhile(store);
    return renew(request);
  };
  const { attempt } = await renewal.attempt();
  return { store, disk, attempt };
}

const REFUSED = { outcome: 'failed', code: 'identity_replaced' };

describe.each(['request', 'test'] as const)('a renewal that is overtaken at its step "%s"', (at) => {
  it('does not bring an identity back that has been given up, and leaves nothing', async () => {
    const { store, disk, attempt } = await overtaken(at, (given) => given.remove());
    expect(attempt).toMatchObject(REFUSED);
    expect(await store.report(DUE)).toEqual({ state: 'none', enrolling: false });
    const { privateKey, state } = pathsIn('/d');
    for (const path of [privateKey, `${privateKey}.next`, `${state}/renewal.json`]) {
      expect(await disk.read(path)).toBeUndefined();
    }
  });

  it('leaves the identity that the device has got instead', async () => {
    const { store, attempt } = await overtaken(at, async (given) => {
      await given.remove();
      renewing.authority.clock.now = () => NOW;
      await provision(given, renewing.authority, 'machine-2');
    });
    expect(attempt).toMatchObject(REFUSED);
    expect(await store.report(NOW)).toMatchObject({
      state: 'provisioned',
      identity: { machineId: 'machine-2' },
    });
  });
});
