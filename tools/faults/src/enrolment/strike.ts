import { setTimeout as delay } from 'node:timers/promises';
import type { FaultAction } from '@org/magistrala-emulator';
import type { AppName } from '@org/harness';
import type { Target } from '../provisioning/healthy.js';
import { KilledDevice, STEPS, type Step } from './device.js';
import { KILL_KINDS, type KillKind } from './kinds.js';
import type { EnrolmentLane } from './lane.js';

/** A device whose enrolment was struck, and where. */
export interface Struck {
  readonly kind: KillKind;
  /** For people. */
  readonly point: string;
  readonly device: KilledDevice;
}

/** Which app does a step's work. */
const ACTS: Readonly<Record<Step, AppName>> = {
  begin: 'grpc',
  lookUp: 'http',
  approve: 'http',
  await: 'grpc',
  redeem: 'grpc',
  look: 'http',
  checkIn: 'grpc',
  renew: 'grpc',
  use: 'grpc',
};
/** Steps that write. Approvals first: what was interrupted there has to wait for its lease, which the others use. */
const WRITING: readonly Step[] = ['approve', 'lookUp', 'begin', 'redeem', 'checkIn', 'renew', 'use'];
/** Many times what a step writes. */
const MOST_WRITES = 40;
/** Milliseconds in which a process that killed itself is gone. */
const GONE_WITHIN_MS = 5_000;
/** For a stream to be open. */
const OPENS_WITHIN_MS = 150;

/** Power fails while nothing is under way, and while devices wait for their approval: each device at another step. */
export async function strikeBetween(lane: EnrolmentLane): Promise<Struck[]> {
  const struck: Struck[] = [];
  for (const step of STEPS) {
    const device = new KilledDevice(lane);
    await device.takeUntil(step);
    await device.take(step);
    struck.push({ kind: KILL_KINDS.between, point: `after ${step}`, device });
  }
  const waiting = new KilledDevice(lane);
  await waiting.takeUntil('approve');
  const broken = waiting.take('await').catch(() => undefined);
  struck.push({ kind: KILL_KINDS.between, point: 'while it waits for its approval', device: waiting });
  await delay(OPENS_WITHIN_MS);
  await lane.kill('http', 'grpc');
  await broken;
  await lane.startMissing();
  return struck;
}

/** For each step, a device for each write: the process dies when that write is durable, and nothing later has happened. */
export async function strikeAtWrites(lane: EnrolmentLane, steps = WRITING): Promise<Struck[]> {
  const struck: Struck[] = [];
  for (const step of steps)
    for (let write = 1, answered = false; !answered; write++) {
      if (write > MOST_WRITES) throw new Error(`${step} writes and writes`);
      const device = new KilledDevice(lane);
      await device.takeUntil(step);
      answered = await dieAfterWrite(lane, { device, step, write });
      const point = answered ? `${step}, once it is answered` : `${step}, right after write ${write}`;
      struck.push({ kind: KILL_KINDS.write, point, device });
      await lane.startMissing();
    }
  return struck;
}

/** @returns whether the step was answered: it has fewer writes than that */
async function dieAfterWrite(
  lane: EnrolmentLane,
  { device, step, write }: { readonly device: KilledDevice; readonly step: Step; readonly write: number },
): Promise<boolean> {
  const app = ACTS[step];
  await lane.orderKill(app, write);
  let refusal: unknown;
  const answered = await device.take(step).then(
    () => true,
    (error: unknown) => ((refusal = error), false),
  );
  if (answered) await lane.kill(app).catch(() => undefined);
  else if (!(await lane.gone(app, GONE_WITHIN_MS)))
    throw new Error(`${step} was refused although nothing was killed`, { cause: refusal });
  return answered;
}

const CALL_KINDS: readonly (readonly [KillKind, FaultAction])[] = [
  [KILL_KINDS.callBefore, 'hang_before'],
  [KILL_KINDS.callAfter, 'hang_after'],
  [KILL_KINDS.callLate, 'hold_before'],
];

/** For each call that an approval makes, a device whose approval stands there when the HTTP app is killed. */
export async function strikeAtCalls(lane: EnrolmentLane, targets: readonly Target[]): Promise<Struck[]> {
  const { faults } = lane.emulator;
  const struck: Struck[] = [];
  for (const [kind, action] of CALL_KINDS) {
    const broken = [];
    for (const target of targets) {
      const device = new KilledDevice(lane);
      await device.takeUntil('approve');
      // The calls of those before stand still: these are counted for this device alone.
      const fault = faults.add({ ...target, action });
      broken.push(device.take('approve').catch(() => undefined));
      await fault.waitForHit();
      struck.push({ kind, point: `approve, ${target.operation} #${target.nth}`, device });
    }
    await lane.kill('http');
    await Promise.all(broken);
    await lane.startMissing();
    await lane.recovered();
    faults.clear();
  }
  return struck;
}

const RANDOM = { everyMs: 250, pauseMs: [300, 1_500] } as const;

/** Devices come one after the other, and finish as they can, while one process after the other is killed. */
export async function strikeAtRandom(
  lane: EnrolmentLane,
  { seconds, finishBy }: { readonly seconds: number; readonly finishBy: AbortSignal },
): Promise<Struck[]> {
  const until = Date.now() + seconds * 1_000;
  const struck: Struck[] = [];
  const coming = async () => {
    while (Date.now() < until) {
      const device = new KilledDevice(lane);
      // Waited for, and judged, with all the others.
      device.finish(finishBy).catch(() => undefined);
      struck.push({ kind: KILL_KINDS.random, point: `device ${struck.length + 1}`, device });
      await delay(RANDOM.everyMs);
    }
  };
  const killing = async () => {
    const [shortest, longest] = RANDOM.pauseMs;
    while (Date.now() < until) {
      await delay(shortest + Math.random() * (longest - shortest));
      await lane.kill(Math.random() < 0.5 ? 'http' : 'grpc');
      await lane.startMissing();
    }
  };
  await Promise.all([coming(), killing()]);
  return struck;
}
