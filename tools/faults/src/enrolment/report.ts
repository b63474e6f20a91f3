import type { Colors } from '@org/harness';
import { KILL_KINDS, type KillKind } from './kinds.js';
import type { LaneResult } from './run.js';

interface KillKindReport {
  /** Devices whose enrolment was struck so. */
  readonly devices: number;
  /** Those that ended with one live certificate for their key, and one gateway. */
  readonly finished: number;
  readonly failed: number;
}

interface EnrolmentFaultsReport {
  /** Processes killed. */
  readonly kills: number;
  readonly devices: number;
  readonly finished: number;
  /** Machines, live certificates and things on the platform that belong to no device. */
  readonly orphans: number;
  /** Live certificates beyond one for each machine. */
  readonly duplicates: number;
  readonly byKind: Readonly<Record<string, KillKindReport>>;
  readonly failures: readonly {
    /** Absent where it is about all devices together. */
    readonly kind?: string;
    readonly point: string;
    readonly problems: readonly string[];
  }[];
  /** The ends of the apps' logs where something failed. */
  readonly log: readonly string[];
}

export function reportOf(lanes: readonly LaneResult[]): EnrolmentFaultsReport {
  const sum = (of: (lane: LaneResult) => number) => lanes.reduce((total, lane) => total + of(lane), 0);
  const results = lanes.flatMap(({ devices }) => devices);
  const all = summary(results);
  const byKind = Map.groupBy(results, ({ struck }) => struck.kind.id);
  return {
    kills: sum(({ kills }) => kills),
    devices: all.devices,
    finished: all.finished,
    orphans: sum(({ orphans }) => orphans),
    duplicates: sum(({ duplicates }) => duplicates),
    byKind: Object.fromEntries([...byKind].map(([id, ofKind]) => [id, summary(ofKind)])),
    failures: lanes.flatMap(failuresOf),
    log: lanes.flatMap(({ log }) => log?.split('\n') ?? []),
  };
}

function summary(results: LaneResult['devices']): KillKindReport {
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  return { devices: results.length, finished: results.length - failed, failed };
}

function failuresOf({ name, devices, problems }: LaneResult): EnrolmentFaultsReport['failures'] {
  const ofDevices = devices.filter((each) => each.problems.length > 0);
  return [
    ...ofDevices.map(({ struck: { kind, point }, problems }) => ({ kind: kind.id, point, problems })),
    ...(problems.length > 0 ? [{ point: `${name}, all devices together`, problems }] : []),
  ];
}

const HEADINGS = ['devices', 'finished', 'failed'] as const;

/** For people: a line for each kind of kill, and each device that did not end as it should. */
export function describe({ byKind, failures, log }: EnrolmentFaultsReport, colors: Colors): string {
  const kinds: readonly KillKind[] = Object.values(KILL_KINDS).filter(({ id }) => byKind[id]);
  const width = Math.max(...kinds.map(({ label }) => label.length));
  const row = (label: string, cells: readonly string[]) =>
    [label.padEnd(width), ...cells.map((cell, index) => cell.padStart(HEADINGS[index]!.length))].join('  ');
  const lines = kinds.map(({ id, label }) => {
    const ofKind = byKind[id]!;
    const line = row(
      label,
      HEADINGS.map((heading) => String(ofKind[heading])),
    );
    return ofKind.failed > 0 ? colors.red(line) : line;
  });
  const failed = failures.flatMap(({ kind, point, problems }) => [
    `\n${colors.red('✗')} ${kind === undefined ? point : `${kind}: ${point}`}`,
    ...problems.map((problem) => `  ${problem}`),
  ]);
  const logged = log.map((line) => colors.dim(`    ${line}`));
  return [colors.bold(row('SIGKILL', HEADINGS)), ...lines, ...failed, ...logged].join('\n');
}
