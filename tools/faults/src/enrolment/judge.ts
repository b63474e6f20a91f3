import { type Healthy, judge } from '../provisioning/judge.js';
import { type ShownMachine, liveOf } from '@org/harness';
import { type Things, countOf, namesOf } from '../provisioning/things.js';
import { outside } from './gateways.js';

/** What there is of a device that says it has finished. */
export interface Evidence {
  /** Whether the certificate that it holds is for its key, and names the machine. */
  readonly holdsItsOwn: boolean;
  /** How many live certificates its machine had before it used one, as that revokes the others. */
  readonly liveBeforeUse: number;
  /** Lower-case hex, of the certificate that it holds. */
  readonly serial: string;
  readonly machine: ShownMachine;
  /** What exists on the platform of the gateway that the machine is said to have. */
  readonly things: Things;
}

/** One machine, one live certificate, which the device holds, and one whole gateway. @returns what is wrong */
export function judgeDevice(evidence: Evidence, healthy: Healthy): string[] {
  const { holdsItsOwn, liveBeforeUse, serial, machine, things } = evidence;
  const live = liveOf(machine);
  const externalId = machine.gateway?.external_id ?? '';
  const { end, problem = 'nothing of its gateway exists' } = judge(things, externalId, healthy);
  return [
    ...(holdsItsOwn ? [] : ['its certificate is for another key or another machine']),
    ...(machine.state === 'active' ? [] : [`its machine is ${machine.state}`]),
    ...(liveBeforeUse === 1 ? [] : [`its machine had ${liveBeforeUse} live certificates at first`]),
    ...(live.length === 1 ? [] : [`its machine has ${live.length} live certificates`]),
    ...(live.some((each) => each.serial === serial) ? [] : ['the certificate that it holds is not live']),
    ...(end === 'complete' ? [] : [problem]),
  ];
}

/** A certificate on record, as `provision ca list` has it. */
export interface CertificateRow {
  readonly serial: string;
  readonly machine: string;
  readonly state: string;
  readonly profile: string;
}

/** All that there is after all devices have finished. */
interface Whole {
  readonly machines: readonly ShownMachine[];
  /** How many machines the domain says that it has. */
  readonly machineCount: number;
  readonly certificates: readonly CertificateRow[];
  readonly things: Things;
}

export interface Excess {
  /** Machines, live certificates and things on the platform that belong to no device. */
  readonly orphans: number;
  /** Live certificates beyond the one that a machine should have. */
  readonly duplicates: number;
  readonly problems: readonly string[];
}

/** What there is beyond the devices' own. */
export function judgeWhole({ machines, machineCount, certificates, things }: Whole): Excess {
  const live = certificates.filter(({ state, profile }) => state === 'signed' && profile === 'device');
  const byMachine = Map.groupBy(live, ({ machine }) => machine);
  const owned = machines.map(({ id }) => byMachine.get(id)?.length ?? 0);
  const duplicates = sum(owned.map((count) => Math.max(0, count - 1)));
  const strange = live.length - sum(owned);
  const rest = outside(things, machines);
  const extra = machineCount - machines.length;
  const problems = [
    [extra, `${extra} machines more than devices are on record`],
    [strange, `${strange} live certificates belong to no machine`],
    [duplicates, `machines have ${duplicates} live certificates too many`],
    [countOf(rest), `${namesOf(rest)} belong to no machine`],
  ] as const;
  return {
    orphans: countOf(rest) + strange + extra,
    duplicates,
    problems: problems.flatMap(([count, problem]) => (count === 0 ? [] : [problem])),
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
