import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { appProgram, type Cleanup, ownEnvironment } from '@org/harness';
import { targetsOf } from '../provisioning/healthy.js';
import type { Healthy } from '../provisioning/judge.js';
import { portrait } from '../provisioning/things.js';
import { KilledDevice } from './device.js';
import { gatewayOf } from './gateways.js';
import { type CertificateRow, type Excess, judgeDevice, judgeWhole } from './judge.js';
import { EnrolmentLane } from './lane.js';
import { PLANS, type Plan, SAMPLE } from './plans.js';
import type { Struck } from './strike.js';

/** Milliseconds until every device has to have finished: an interrupted approval is taken up after a minute. */
const WITHIN_MS = 210_000;
const QUICK_WITHIN_MS = 75_000;

interface DeviceResult {
  readonly struck: Struck;
  readonly problems: readonly string[];
}

export interface LaneResult extends Excess {
  readonly name: string;
  readonly kills: number;
  readonly devices: readonly DeviceResult[];
  /** The ends of the apps' logs, when there are problems. */
  readonly log?: string;
}

interface EnrolmentFaultOptions {
  /** A sample, without approvals that are cut off: those have to wait for a minute. */
  readonly quick: boolean;
  readonly cleanup: Cleanup;
  /** Told now and then. */
  readonly progress: (what: string) => void;
}

/** Enrols devices while the apps are killed, in every way, several at a time. */
export async function runEnrolmentFaults(options: EnrolmentFaultOptions): Promise<readonly LaneResult[]> {
  const late = AbortSignal.timeout(options.quick ? QUICK_WITHIN_MS : WITHIN_MS);
  const plans = options.quick ? [SAMPLE] : PLANS;
  return Promise.all(plans.map((plan) => runLane(plan, { ...options, late })));
}

async function runLane(
  { name, settings, strike }: Plan,
  { cleanup, progress, late }: EnrolmentFaultOptions & { readonly late: AbortSignal },
): Promise<LaneResult> {
  const lane = await EnrolmentLane.open(settings, cleanup);
  lane.emulator.clearCalls();
  const first = new KilledDevice(lane);
  await first.finish(late);
  const healthy = await healthyFrom(lane, first);
  // Who is calling is asked before anything is begun, over gRPC.
  const targets = targetsOf(lane.emulator.calls().filter(({ method }) => method !== 'GRPC'));
  const struck = await strike(lane, { targets, late });
  progress(`${name}: ${lane.kills} killed, ${struck.length} devices have to finish`);
  const ends = await Promise.all(struck.map(({ device }) => endOf(device.finish(late))));
  progress(`${name}: judging`);
  const stuck = await endOf(lane.settled());
  const devices = await Promise.all(
    struck.map(async (each, n) => ({
      struck: each,
      problems: ends[n] ?? (await problemsOf(lane, each, healthy)),
    })),
  );
  const excess = await excessOf(lane, [first, ...struck.map(({ device }) => device)]);
  const problems = [...(stuck ?? []), ...excess.problems];
  const bad = problems.length > 0 || devices.some((each) => each.problems.length > 0);
  return { name, kills: lane.kills, devices, ...excess, problems, ...(bad && { log: await lane.log() }) };
}

const endOf = (work: Promise<unknown>): Promise<readonly string[] | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );

async function healthyFrom(lane: EnrolmentLane, device: KilledDevice): Promise<Healthy> {
  const machine = await lane.desk.machine(device.credentials!.machineId);
  const things = gatewayOf(lane.things(), machine);
  return { things, portrait: portrait(things, machine.gateway!.external_id) };
}

async function problemsOf(
  lane: EnrolmentLane,
  { device }: Struck,
  healthy: Healthy,
): Promise<readonly string[]> {
  const credentials = device.credentials!;
  const machine = await lane.desk.machine(credentials.machineId);
  const things = gatewayOf(lane.things(), machine);
  const { holdsItsOwn, liveBeforeUse, serial } = device;
  return judgeDevice({ holdsItsOwn, liveBeforeUse, serial, machine, things }, healthy);
}

/** A device that has not finished may have anything: nothing is said of what there is besides, then. */
async function excessOf(lane: EnrolmentLane, devices: readonly KilledDevice[]): Promise<Excess> {
  const finished = devices.flatMap(({ credentials }) => credentials ?? []);
  if (finished.length < devices.length) return { orphans: 0, duplicates: 0, problems: [] };
  const { desk } = lane;
  return judgeWhole({
    machines: await Promise.all(finished.map(({ machineId }) => desk.machine(machineId))),
    machineCount: await desk.machineCount(),
    certificates: await certificatesOf(lane),
    things: lane.things(),
  });
}

/** As the operator's command sees them, whatever machine they are for. */
async function certificatesOf({ environment }: EnrolmentLane): Promise<readonly CertificateRow[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [appProgram('cli'), 'ca', 'list', '--json'],
    { env: { ...ownEnvironment(), ...environment }, maxBuffer: 64 * 2 ** 20 },
  );
  return JSON.parse(stdout) as readonly CertificateRow[];
}
