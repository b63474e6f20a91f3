import { availableParallelism } from 'node:os';
import type { Colors } from '@org/harness';
import { AT_A_TIME, CALL_MS, type Measured } from './bench.js';

/** What is aimed at (2 cores, with the emulator on the same machine). */
export const AIMS = { roundTrips: 6, perSecond: 200 } as const;
/** HTTP calls of the original service, one after the other (Magistrala wire §7.5; bindings are one more). */
const ORIGINAL = { off: 11, on: 14, most: 15 } as const;

/** From here on other programs have a say in the figures. */
const BUSY_PERCENT = 10;

/** For people. */
export function describe(off: Measured, on: Measured, colors: Colors): string {
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['', 'x509 off', 'x509 on', ''],
    ['HTTP calls of one provisioning', ...both(off, on, (it) => it.httpCalls), original()],
    ['  round trips in a row', ...both(off, on, (it) => it.roundTrips), roundTripAim(off, on, colors)],
    [`at ${CALL_MS} ms a call: p50, ms`, ...both(off, on, (it) => it.p50Ms), ''],
    ['  p99, ms', ...both(off, on, (it) => it.p99Ms), ''],
    ...AT_A_TIME.map((count): [string, string, string, string] => [
      `provisions a second, ${count} at a time`,
      ...both(off, on, (it) => it.perSecond[count] ?? NaN),
      count === AT_A_TIME.at(-1) ? throughputAim(off, colors) : '',
    ]),
    ...Object.keys(off.cpuMs).map((name): [string, string, string, string] => [
      `  ms of processor for one: ${name}`,
      ...both(off, on, (it) => it.cpuMs[name] ?? NaN),
      '',
    ]),
  ];
  const lines = rows.map(([what, ...cells]) =>
    `${what.padEnd(38)} ${cells[0].padStart(9)} ${cells[1].padStart(9)}  ${cells[2]}`.trimEnd(),
  );
  const others = Math.max(off.othersPercent ?? 0, on.othersPercent ?? 0);
  return [...lines, '', ...remarks(), ...(others > BUSY_PERCENT ? [busy(others, colors)] : [])].join('\n');
}

const both = (off: Measured, on: Measured, value: (of: Measured) => number): [string, string] => [
  String(value(off)),
  String(value(on)),
];

const original = () => `the original: ${ORIGINAL.off} and ${ORIGINAL.on}, all in a row`;

const met = (is: boolean, colors: Colors) => (is ? colors.green('met') : colors.yellow('missed'));

const roundTripAim = (off: Measured, on: Measured, colors: Colors) =>
  `aim: at most ${AIMS.roundTrips}, the original up to ${ORIGINAL.most}: ${met(Math.max(off.roundTrips, on.roundTrips) <= AIMS.roundTrips, colors)}`;

const throughputAim = ({ perSecond }: Measured, colors: Colors) =>
  `aim: ${AIMS.perSecond}, x509 off: ${met(Math.max(...Object.values(perSecond)) >= AIMS.perSecond, colors)}`;

const remarks = (): string[] => [
  `${availableParallelism()} cores, node ${process.version}. The app, the emulator and the load share them, so the app would do`,
  'more on a machine of its own. State is a SQLite file whose commits are on disk; logs go to a file.',
  'The emulator makes keys on elliptic curves; Magistrala makes RSA keys, at its own cost.',
  'Checking the token is one gRPC call more, before the others; it is in the times, not in the counts.',
];

const busy = (percent: number, colors: Colors): string =>
  colors.yellow(
    `Other programs took up to ${percent} % of the processor meanwhile: measure again when it is quiet.`,
  );
