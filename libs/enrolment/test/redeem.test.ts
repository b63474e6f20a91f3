import { describe, expect, it } from '@jest/globals';
import { settle } from './support/clock.js';
import { aSigner, aCsr } from './support/authority.js';
import { Device, approve } from './support/device.js';
import { outcomeOf } from './support/errors.js';
import { Fate } from './support/fate.js';
import { stuckAt } from './support/stuck.js';
import { ANN, World } from './support/world.js';

type Write = 'recordIntents' | 'recordSigned';

/** A redemption by a process that freezes at a write: before it is done, or after it. */
async function slowRedemption(write: Write, when: 'before' | 'after') {
  const world = new World({ platform: true });
  const { target: certificates, goOn } = stuckAt(world.stores.certificates, { call: write, when });
  const { enrolments } = await world.process();
  const device = await new Device().begin(enrolments);
  await approve(enrolments, device);
  const fate = new Fate();
  const slow = (await world.process(fate.of({ ...world.outside, certificates }))).enrolments;
  const first = device.redeem(slow);
  await settle();
  expect(await outcomeOf(device.redeem(enrolments))).toBe('redemption_in_progress');
  const thaw = fate.freeze();
  const thawAndGoOn = () => {
    thaw();
    goOn();
  };
  return { world, enrolments, device, first, goOn: thawAndGoOn, fate };
}

const STAGES: [Write, 'before' | 'after'][] = [
  ['recordIntents', 'before'],
  ['recordIntents', 'after'],
  ['recordSigned', 'before'],
  ['recordSigned', 'after'],
];

describe('a redemption that takes longer than its lease', () => {
  it.each(STAGES)(
    'gives the one certificate that another attempt gave (stuck at %s, %s it)',
    async (write, when) => {
      const { world, enrolments, device, first, goOn } = await slowRedemption(write, when);
      world.clock.advance(30_000);
      const second = await device.redeem(enrolments);
      goOn();
      expect(await first).toEqual(second);
      expect((await world.valid()).map(({ serial }) => serial)).toEqual([second.credentials.serial]);
      expect(await device.redeem(enrolments)).toEqual(second);
    },
  );

  it.each(STAGES)(
    'leaves nothing when the enrolment has expired meanwhile (stuck at %s, %s it)',
    async (write, when) => {
      const { world, enrolments, device, first, goOn } = await slowRedemption(write, when);
      world.clock.advance(3_600_000);
      await world.tend();
      goOn();
      expect(await outcomeOf(first)).toBe('enrolment_expired');
      await world.tend(120_000);
      expect(await world.valid()).toEqual([]);
      expect(world.platform.size).toBe(0);
      const { machines } = await enrolments.listMachines({ domainId: 'plant', offset: 0, limit: 10 });
      expect(machines.filter(({ state }) => state === 'active')).toEqual([]);
      expect(await outcomeOf(device.redeem(enrolments))).toBe('enrolment_expired');
    },
  );
});

describe('redeeming without knowing the machine id', () => {
  it('is possible where the protocol says so, and the name is the right one all the same', async () => {
    const world = new World();
    const { enrolments } = await world.process();
    const device = await new Device(aSigner()).begin(enrolments);
    const { machineId } = await approve(enrolments, device);
    const call = { credentials: device.credentials, csr: await aCsr(device.signer, 'press-7.example') };
    expect(await outcomeOf(enrolments.redeem(call))).toBe('csr_name_mismatch');
    const { credentials } = await enrolments.redeem({ ...call, subject: 'ignored' });
    expect(credentials.machineId).toBe(machineId);
  });
});

describe('a redemption that failed', () => {
  it('leaves the approval to be taken back', async () => {
    const world = new World({ platform: true });
    const { enrolments } = await world.process();
    const device = await new Device().begin(enrolments);
    await approve(enrolments, device);
    const wrong = { credentials: device.credentials, csr: await aCsr(device.signer, 'another') };
    expect(await outcomeOf(enrolments.redeem(wrong))).toBe('csr_name_mismatch');
    const { id } = device.begun;
    expect(await enrolments.deny({ id, domainId: 'plant', operator: ANN })).toMatchObject({
      state: 'denied',
    });
    expect(await outcomeOf(device.redeem(enrolments))).toBe('enrolment_denied');
    await world.tend(120_000);
    expect(await world.valid()).toEqual([]);
    expect(world.platform.size).toBe(0);
  });

  it('makes no machine appear after the enrolment is undone, even where its process dies then', async () => {
    const { world, device, first, goOn, fate } = await slowRedemption('recordSigned', 'after');
    world.clock.advance(3_600_000);
    await world.tend(120_000);
    // Whatever it does next is the last thing it does.
    const { payload } = (await world.stores.codes.findById(device.begun.id))!.approval!;
    const { machineId } = JSON.parse(payload.reveal()) as { machineId: string };
    const insert = world.stores.machines.insert.bind(world.stores.machines);
    world.stores.machines.insert = async (machine) => {
      const done = await insert(machine);
      fate.kill();
      return done;
    };
    goOn();
    await outcomeOf(first);
    expect(await world.stores.machines.find(machineId)).toBeUndefined();
    expect(world.platform.size).toBe(0);
    expect(await outcomeOf(device.redeem((await world.process()).enrolments))).toBe('enrolment_expired');
  });
});
