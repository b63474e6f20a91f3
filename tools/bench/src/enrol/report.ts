import { availableParallelism } from 'node:os';
import { type Colors, rounded } from '@org/harness';
import type { Load } from './bench.js';
import { STEPS, type StepTimes } from './stage.js';

/** The load that stands for all: several operators at work, each waiting for one answer at a time. */
const TYPICAL = 8;
/** From here on other programs have a say in the figures. */
const BUSY_PERCENT = 10;

/** What programs read; `ratio` compares with requests that ask for nothing, measured in the same run. */
export function figures(loads: readonly Load[]) {
  const typical = loads.find(({ atATime }) => atATime === TYPICAL)!;
  const { perSecond, p50Ms, p99Ms, idlePerSecond } = typical;
  return {
    enrolmentsPerSecond: perSecond,
    p50Ms,
    p99Ms,
    idlePerSecond,
    ratio: ratioOf(typical),
    atATime: TYPICAL,
    loads,
  };
}

const ratioOf = ({ perSecond, idlePerSecond }: Load): number =>
  Math.round((perSecond / idlePerSecond) * 1_000) / 1_000;

const LABELS: Record<keyof StepTimes, string> = {
  begin: 'Begin',
  lookUp: 'look-up',
  approve: 'approval',
  redeem: 'Redeem',
};

/** For people. */
export function describe(loads: readonly Load[], colors: Colors): string {
  const row = (what: string, value: (load: Load) => number | string) =>
    `${what.padEnd(49)}${loads.map((load) => String(value(load)).padStart(9)).join('')}`;
  const processes = Object.keys(loads.at(-1)!.cpuMs);
  const others = Math.max(...loads.map(({ othersPercent = 0 }) => othersPercent));
  return [
    colors.bold(row('devices at a time', ({ atATime }) => atATime)),
    row('enrolments a second', ({ perSecond }) => perSecond),
    row('  from Begin to the certificate: p50, ms', ({ p50Ms }) => p50Ms),
    row('  p99, ms', ({ p99Ms }) => p99Ms),
    ...STEPS.map((step) => row(`  ${LABELS[step]}: p50, ms`, ({ stepsP50Ms }) => stepsP50Ms[step])),
    row('as many requests that ask for nothing, a second', ({ idlePerSecond }) => idlePerSecond),
    row('  enrolments in that time, per cent', (load) => rounded(ratioOf(load) * 100)),
    ...processes.map((name) =>
      row(`  ms of processor for one enrolment: ${name}`, ({ cpuMs }) => cpuMs[name] ?? NaN),
    ),
    '',
    `${availableParallelism()} cores, node ${process.version}, shared by both apps and the load. Begin and Redeem go over gRPC with TLS,`,
    'on connections that stay open; look-up and approval over HTTP, by an operator of the configuration. State is one',
    'SQLite file whose commits are on disk; keys are made beforehand; no platform, so nothing is provisioned.',
    ...(others > BUSY_PERCENT
      ? [
          colors.yellow(
            `Other programs took up to ${others} % of the processor meanwhile: measure again when it is quiet.`,
          ),
        ]
      : []),
  ].join('\n');
}
