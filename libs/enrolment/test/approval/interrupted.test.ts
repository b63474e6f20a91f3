import { describe, expect, it } from '@jest/globals';
import type { EnrolmentRecord } from '@org/code-issuance';
import { ProvisionError, Secret } from '@org/domain';
import type { NewRun } from '@org/provisioning';
import { MINUTE, hangingApproval, isApproved, payloadOf } from '../support/approvals.js';
import { DAY_MS } from '../support/authority.js';
import { settle } from '../support/clock.js';
import { type ApproveOptions, Device, approve } from '../support/device.js';
import { outcomeOf } from '../support/errors.js';
import { Fate } from '../support/fate.js';
import { stuckAt } from '../support/stuck.js';
import { BOB, World } from '../support/world.js';

describe('an approval whose process died', () => {
  it('is finished by another, with what the operator ordered', async () => {
    const { world, device, fate } = await hangingApproval({ externalId: '33:52' });
    fate.kill();
    world.clock.advance(MINUTE);
    await world.tend(2 * MINUTE);
    const { enrolments } = await world.process();
    expect(await enrolments.poll(device.credentials)).toMatchObject({ state: 'approved' });
    const { bootstrap } = await device.redeem(enrolments);
    expect(bootstrap!.externalId).toBe('33:52');
    expect(world.platform.clients.size).toBe(1);
    expect(world.eventsCalled('approved')).toMatchObject([{ by: 'ann', resumed: true }]);
  });

  it('is undone when no one goes on with it in time, however far it had come', async () => {
    const { world, device, fate } = await hangingApproval();
    fate.kill();
    world.clock.advance(11 * MINUTE);
    await world.tend(2 * MINUTE);
    const { enrolments } = await world.process();
    expect(await enrolments.poll(device.credentials)).toMatchObject({ state: 'expired' });
    expect(world.platform.size).toBe(0);
    expect((await world.stores.codes.undoDue(10)).length).toBe(0);
  });

  it('is finished without the platform when all is made, and the slow one has the same answer', async () => {
    const world = new World({ platform: true });
    const { codes } = world.stores;
    const { target, goOn } = stuckAt(codes, { call: 'replace', when: 'before', where: isApproved });
    const fate = new Fate();
    const first = (await world.process(fate.of({ ...world.outside, codes: target }))).enrolments;
    const device = await new Device().begin(first);
    const approval = approve(first, device);
    await settle();
    const thaw = fate.freeze();
    expect(world.platform.clients.size).toBe(1);
    world.platform.interfere = (operation) => {
      throw new ProvisionError({
        kind: 'forbidden',
        code: 'not_a_member',
        message: `no ${operation} any more`,
      });
    };
    world.clock.advance(2 * MINUTE);
    await world.tend();
    expect(await codes.findById(device.begun.id)).toMatchObject({ state: 'approved' });
    thaw();
    goOn();
    const { machineId } = await approval;
    expect([...world.platform.clients.keys()]).toEqual([machineId]);
    expect(await first.poll(device.credentials)).toMatchObject({ state: 'approved', machineId });
  });

  it('is not given up because no one can tell whether its run has begun', async () => {
    const world = new World({ platform: true });
    const { journal } = world.stores;
    const lost = new ProvisionError({ kind: 'ambiguous', code: 'database_unavailable', message: 'gone' });
    const begin = async (run: NewRun) => {
      await journal.begin(run);
      throw lost;
    };
    const unlucky = Object.assign(Object.create(journal) as typeof journal, { begin });
    const { enrolments } = await world.process({ ...world.outside, journal: unlucky });
    const device = await new Device().begin(enrolments);
    await expect(approve(enrolments, device)).rejects.toBe(lost);
    expect(await world.stores.codes.findById(device.begun.id)).toMatchObject({ state: 'approving' });
    world.clock.advance(MINUTE);
    await world.tend(3 * MINUTE);
    await device.redeem(enrolments);
    expect(world.platform.clients.size).toBe(1);
  });

  it('is not given up while its run is under way', async () => {
    const { world, device, fate } = await hangingApproval();
    fate.kill();
    world.clock.advance(MINUTE);
    const { enrolments } = await world.process();
    // No one has recovered the run yet.
    const request = { name: 'another' };
    const call = { id: device.begun.id, domainId: 'plant', operator: BOB, request };
    expect(await outcomeOf(enrolments.approve(call))).toBe('approval_in_progress');
    expect(await world.stores.codes.findById(device.begun.id)).toMatchObject({ state: 'approving' });
  });

  describe('after all was made', () => {
    /** The process dies between the end of the run and the end of the approval. */
    async function died(options?: ApproveOptions) {
      const world = new World({ platform: true });
      const fate = new Fate();
      const { codes } = world.stores;
      const { target } = stuckAt(codes, { call: 'replace', when: 'before', where: isApproved });
      const { enrolments } = await world.process(fate.of({ ...world.outside, codes: target }));
      const device = await new Device().begin(enrolments);
      void approve(enrolments, device, options);
      await settle();
      fate.kill();
      expect(world.platform.size).toBeGreaterThan(0);
      return { world, device };
    }

    it('is undone although its layout is gone', async () => {
      const { world } = await died({ layout: 'twin' });
      world.clock.advance(11 * MINUTE);
      await world.tend(5 * MINUTE, { layouts: new Map() });
      expect(world.platform.size).toBe(0);
    });

    it('is undone although the service was down for days', async () => {
      const { world } = await died();
      world.clock.advance(3 * DAY_MS);
      await world.tend(5 * MINUTE);
      expect(world.platform.size).toBe(0);
    });

    it('waits while there is no platform', async () => {
      const { world, device } = await died();
      world.clock.advance(11 * MINUTE);
      await world.tend(5 * MINUTE, { platform: false });
      expect(await world.stores.codes.findById(device.begun.id)).toMatchObject({ undoDue: true });
      await world.tend(5 * MINUTE);
      expect(world.platform.size).toBe(0);
    });

    it('shows what is left when no one has a token any more', async () => {
      const { world } = await died();
      world.platform.interfere = () => {
        throw new ProvisionError({ kind: 'unauthenticated', code: 'bad_credentials', message: 'it is over' });
      };
      world.clock.advance(3 * DAY_MS);
      await world.tend(5 * MINUTE);
      const { leftovers } = await world.stores.journal.counts();
      expect(leftovers).toBeGreaterThanOrEqual(world.platform.size);
    });

    it('keeps no secrets once it is undone', async () => {
      const { world, device } = await died();
      expect(await payloadOf(world, device)).toContain("ann's token");
      world.clock.advance(11 * MINUTE);
      await world.tend(5 * MINUTE);
      const { externalKey } = JSON.parse(await payloadOf(world, device)).bootstrap;
      expect(externalKey).toBe('');
      expect(await payloadOf(world, device)).not.toContain('token');
    });
  });

  it('keeps no secrets where nothing was made', async () => {
    const world = new World({ platform: true });
    const journal = stuckAt(world.stores.journal, { call: 'begin', when: 'before' }).target;
    const fate = new Fate();
    const { enrolments } = await world.process({ ...fate.of(world.outside), journal });
    const device = await new Device().begin(enrolments);
    void approve(enrolments, device);
    await settle();
    fate.kill();
    world.clock.advance(11 * MINUTE);
    await world.tend(2 * MINUTE);
    // Not even to find out.
    expect(world.platform.size).toBe(0);
    expect(JSON.parse(await payloadOf(world, device))).toMatchObject({ step: 'order', externalKey: '' });
    expect(await payloadOf(world, device)).not.toContain('token');
  });

  it('is finished with the token of the operator who asks again', async () => {
    const world = new World({ platform: true });
    const journal = stuckAt(world.stores.journal, { call: 'begin', when: 'before' }).target;
    const fate = new Fate();
    const first = (await world.process({ ...fate.of(world.outside), journal })).enrolments;
    const device = await new Device().begin(first);
    void approve(first, device);
    await settle();
    fate.kill();
    const tokens = new Set<string>();
    const open = world.platform.open.bind(world.platform);
    world.platform.open = ({ domainId, token: source }) => {
      const token = async () => {
        const given = await source.token();
        tokens.add(given.reveal());
        return given;
      };
      return open({ domainId, token: { token } });
    };
    const { enrolments } = await world.process();
    world.clock.advance(MINUTE);
    const request = { name: 'another' };
    const call = { id: device.begun.id, domainId: 'plant', operator: BOB, request };
    expect(await enrolments.approve(call)).toMatchObject({
      state: 'approved',
      approvedBy: 'ann',
      name: 'press-7',
    });
    expect([...tokens]).toEqual(["bob's token"]);
  });

  it("goes on with the service's own credentials when the operator's token is over", async () => {
    const ownToken = { token: async () => new Secret('own') };
    const { world, device, fate } = await hangingApproval(undefined, { ownToken });
    fate.kill();
    const open = world.platform.open.bind(world.platform);
    world.platform.open = ({ domainId, token: source }) => {
      const token = async () => {
        const given = await source.token();
        if (given.reveal() === 'own') return given;
        throw new ProvisionError({
          kind: 'unauthenticated',
          code: 'bad_credentials',
          message: 'the token is over',
        });
      };
      return open({ domainId, token: { token } });
    };
    world.clock.advance(MINUTE);
    await world.tend(3 * MINUTE);
    const { enrolments } = await world.process();
    expect(await enrolments.poll(device.credentials)).toMatchObject({ state: 'approved' });
    expect(world.platform.clients.size).toBe(1);
  });
});

describe('an approval that was too slow', () => {
  /** Ann's process freezes before its run begins, and another, whose platform fails, gives the approval back. */
  async function frozen() {
    const world = new World({ platform: true });
    const { journal, codes } = world.stores;
    const run = stuckAt(journal, { call: 'begin', when: 'before' });
    const lease = stuckAt(codes, {
      call: 'replace',
      when: 'before',
      where: (record) =>
        (record as EnrolmentRecord).state === 'approving' && (record as EnrolmentRecord).version > 2,
    });
    const outside = { ...world.outside, journal: run.target, codes: lease.target };
    const { enrolments: anns } = await world.process(outside);
    const device = await new Device().begin(anns);
    const approval = approve(anns, device);
    await settle();
    world.clock.advance(MINUTE + 1);
    world.platform.interfere = (operation) => {
      if (operation === 'connect')
        throw new ProvisionError({ kind: 'unavailable', code: 'connect_failed', message: 'it is down' });
    };
    await world.tend();
    world.platform.interfere = () => undefined;
    expect(await codes.findById(device.begun.id)).toMatchObject({ state: 'pending' });
    const thaw = async () => {
      run.goOn();
      lease.goOn();
      return outcomeOf(approval);
    };
    return { world, device, thaw };
  }

  it('adds nothing when someone else has approved anew', async () => {
    const { world, device, thaw } = await frozen();
    const { enrolments } = await world.process();
    const { machineId } = await approve(enrolments, device, { operator: BOB });
    expect(await thaw()).toBe('outcome_unknown');
    await device.redeem(enrolments);
    await world.tend(5 * MINUTE);
    expect([...world.platform.clients.keys()]).toEqual([machineId]);
    expect(world.platform.configurations.size).toBe(1);
  });

  it('adds nothing when the device has been refused', async () => {
    const { world, device, thaw } = await frozen();
    const { enrolments } = await world.process();
    await enrolments.deny({ id: device.begun.id, domainId: 'plant', operator: BOB });
    await world.tend(MINUTE);
    expect(await thaw()).toBe('outcome_unknown');
    await world.tend(5 * MINUTE);
    expect(world.platform.size).toBe(0);
  });
});
