import { describe, expect, it } from '@jest/globals';
import type { CodeStore } from '@org/code-issuance';
import { ProvisionError } from '@org/domain';
import { hangingApproval } from './support/approvals.js';
import { settle } from './support/clock.js';
import { Device, approve } from './support/device.js';
import { outcomeOf } from './support/errors.js';
import { World } from './support/world.js';

const AWAY = new ProvisionError({ kind: 'ambiguous', code: 'database_unavailable', message: 'it is away' });

/** A store whose changes fail from the moment on that `failing` is true. */
function failingCodes(world: World) {
  const state = { failing: false };
  const codes = new Proxy<CodeStore>(world.stores.codes, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]): Promise<unknown> => {
        if (state.failing && name === 'replace') throw AWAY;
        return Reflect.apply(method, target, args);
      };
    },
  });
  return { codes, state };
}

describe('an approval whose attempt failed, although its process lives', () => {
  it('can be gone on with at once, and makes the same gateway', async () => {
    const world = new World({ platform: true });
    const { journal } = world.stores;
    const complete = journal.complete.bind(journal);
    journal.complete = async () => Promise.reject(AWAY);
    const { enrolments } = await world.process();
    const device = await new Device().begin(enrolments);
    expect(await outcomeOf(approve(enrolments, device))).toBe('outcome_unknown');
    journal.complete = complete;
    const [gateway] = world.platform.clients.keys();
    // The run is the journal's affair for a moment; the approval itself is no one's.
    expect(await outcomeOf(approve(enrolments, device))).toBe('approval_in_progress');
    await world.tend();
    const approved = await approve(enrolments, device);
    expect(approved).toMatchObject({ state: 'approved', machineId: gateway });
    expect(world.platform.clients.size).toBe(1);
  });

  it('is told of as in progress when another process has taken it over', async () => {
    const world = new World({ platform: true });
    const { codes, state } = failingCodes(world);
    const { enrolments } = await world.process({ ...world.outside, codes });
    const other = (await world.process()).enrolments;
    const device = await new Device().begin(enrolments);
    let taken: Promise<string> | undefined;
    world.platform.interfere = async (operation, when) => {
      if (operation !== 'setConfigurationEnabled' || when !== 'before' || taken) return;
      state.failing = true;
      world.clock.advance(15_000);
      taken = outcomeOf(approve(other, device));
      await taken;
      state.failing = false;
    };
    expect(await outcomeOf(approve(enrolments, device))).toBe('approval_in_progress');
    expect(await taken).toBe('approval_in_progress');
  });

  it('can be gone on with a second after the store is back', async () => {
    const world = new World({ platform: true });
    const { codes, state } = failingCodes(world);
    const { enrolments } = await world.process({ ...world.outside, codes });
    const device = await new Device().begin(enrolments);
    world.platform.interfere = (operation) => {
      state.failing = operation === 'setConfigurationEnabled';
    };
    expect(await outcomeOf(approve(enrolments, device))).toBe('database_unavailable');
    world.platform.interfere = () => undefined;
    const other = (await world.process()).enrolments;
    expect(await outcomeOf(approve(other, device))).toBe('approval_in_progress');
    state.failing = false;
    world.clock.advance(1_000);
    await settle();
    expect(await approve(other, device)).toMatchObject({ state: 'approved' });
    expect(world.platform.clients.size).toBe(1);
  });
});

describe('an approval whose process died', () => {
  it('can be gone on with after the 15 s of its lease', async () => {
    const { world, device, fate } = await hangingApproval();
    fate.kill();
    const { enrolments } = await world.process();
    world.clock.advance(14_999);
    expect(await outcomeOf(approve(enrolments, device))).toBe('approval_in_progress');
    world.clock.advance(1);
    expect(await outcomeOf(approve(enrolments, device))).toBe('approval_in_progress');
  });
});

describe('a redemption whose attempt failed, although its process lives', () => {
  it('can be tried again a second after the store is back', async () => {
    const world = new World();
    const { codes, state } = failingCodes(world);
    const { enrolments } = await world.process({ ...world.outside, codes });
    const device = await new Device().begin(enrolments);
    await approve(enrolments, device);
    const { certificates } = world.stores;
    const recordSigned = certificates.recordSigned.bind(certificates);
    certificates.recordSigned = async (signed) => {
      await recordSigned(signed);
      state.failing = true;
    };
    expect(await outcomeOf(device.redeem(enrolments))).toBe('database_unavailable');
    certificates.recordSigned = recordSigned;
    const other = (await world.process()).enrolments;
    expect(await outcomeOf(device.redeem(other))).toBe('redemption_in_progress');
    state.failing = false;
    world.clock.advance(1_000);
    await settle();
    expect(await outcomeOf(device.redeem(other))).toBe('ok');
    expect(await world.valid()).toHaveLength(1);
  });
});

describe('a redemption that takes long', () => {
  it('keeps its lease for as long as its process lives', async () => {
    const world = new World();
    const { enrolments } = await world.process();
    const device = await new Device().begin(enrolments);
    await approve(enrolments, device);
    const { certificates } = world.stores;
    const recordSigned = certificates.recordSigned.bind(certificates);
    const { promise: told, resolve: goOn } = Promise.withResolvers<void>();
    certificates.recordSigned = async (signed) => {
      await told;
      return recordSigned(signed);
    };
    const slow = device.redeem(enrolments);
    await settle();
    const other = (await world.process()).enrolments;
    for (let seconds = 0; seconds < 60; seconds += 5) {
      world.clock.advance(5_000);
      await settle();
      expect(await outcomeOf(device.redeem(other))).toBe('redemption_in_progress');
    }
    goOn();
    await expect(slow).resolves.toBeDefined();
  });
});
