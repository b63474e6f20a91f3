import type { EnrolmentRecord } from '@org/code-issuance';
import { settle } from './clock.js';
import { type ApproveOptions, Device, approve } from './device.js';
import { Fate } from './fate.js';
import { World, type WorldOptions } from './world.js';

export const MINUTE = 60_000;

export const payloadOf = async (world: World, { begun }: Device): Promise<string> =>
  (await world.stores.codes.findById(begun.id))!.approval!.payload.reveal();

export const isApproved = (record: unknown): boolean => (record as EnrolmentRecord).state === 'approved';

/** An approval that someone begins, and whose call to the platform never ends. */
export async function hangingApproval(options?: ApproveOptions, more: WorldOptions = {}) {
  const world = new World({ platform: true, ...more });
  const fate = new Fate();
  const { enrolments } = await world.process(fate.of(world.outside));
  const device = await new Device().begin(enrolments);
  let goOn = (): void => undefined;
  world.platform.interfere = (operation) =>
    operation === 'createClients' ? new Promise((resolve) => (goOn = resolve)) : undefined;
  const approval = approve(enrolments, device, options);
  await settle();
  world.platform.interfere = () => undefined;
  return { world, enrolments, device, approval, goOn: () => goOn(), fate };
}
