import type { Colors } from '@org/harness';
import type { CaseResult } from './case.js';
import type { FaultKind } from './kinds.js';

interface KindReport {
  readonly injected: number;
  /** How many ended with a complete gateway, and how many with nothing. */
  readonly complete: number;
  readonly nothing: number;
  readonly orphans: number;
  readonly duplicates: number;
  /** Left half-made by the platform, and beyond its API; and those that the app has not put on record. */
  readonly remnants: number;
  readonly unreportedRemnants: number;
  /** Cases in which anything was not as it should be, a wrong answer included. */
  readonly failed: number;
}

interface FaultsReport {
  readonly injected: number;
  readonly orphans: number;
  readonly duplicates: number;
  readonly remnants: number;
  readonly unreportedRemnants: number;
  readonly byKind: Readonly<Record<string, KindReport>>;
  readonly failures: readonly {
    readonly kind: string;
    readonly scenario: string;
    readonly call: string;
    readonly problems: readonly string[];
    readonly log: readonly string[];
  }[];
}

export function reportOf(results: readonly CaseResult[]): FaultsReport {
  const byKind = Map.groupBy(results, ({ kind }) => kind.id);
  const { injected, orphans, duplicates, remnants, unreportedRemnants } = summary(results);
  return {
    injected,
    orphans,
    duplicates,
    remnants,
    unreportedRemnants,
    byKind: Object.fromEntries([...byKind].map(([id, ofKind]) => [id, summary(ofKind)])),
    failures: results
      .filter(({ problems }) => problems.length > 0)
      .map(({ kind, scenario, target, problems, log = '' }) => ({
        kind: kind.id,
        scenario,
        call: `${target.operation} #${target.nth}`,
        problems,
        log: log.split('\n'),
      })),
  };
}

function summary(results: readonly CaseResult[]): KindReport {
  const count = (is: (result: CaseResult) => boolean) => results.filter(is).length;
  const sum = (of: (result: CaseResult) => number) => results.reduce((total, it) => total + of(it), 0);
  return {
    injected: count(({ injected }) => injected),
    complete: count(({ verdict }) => verdict.end === 'complete'),
    nothing: count(({ verdict }) => verdict.end === 'nothing'),
    orphans: sum(({ verdict }) => verdict.orphans),
    duplicates: sum(({ verdict }) => verdict.duplicates),
    remnants: sum(({ remnants }) => remnants),
    unreportedRemnants: sum(({ unreportedRemnants }) => unreportedRemnants),
    failed: count(({ problems }) => problems.length > 0),
  };
}

const HEADINGS = ['injected', 'complete', 'nothing', 'orphans', 'duplicates', 'remnants', 'failed'] as const;

/** For people: a line for each kind of fault, and each case that did not end as it should. */
export function describe(
  report: FaultsReport,
  { kinds, colors }: { readonly kinds: readonly FaultKind[]; readonly colors: Colors },
): string {
  const failures = report.failures.flatMap(({ kind, scenario, call, problems, log }) => [
    `\n${colors.red('✗')} ${kind} at ${call} (${scenario})`,
    ...problems.map((problem) => `  ${problem}`),
    ...log.map((line) => colors.dim(`    ${line}`)),
  ]);
  return [table(report, kinds, colors), ...failures].join('\n');
}

function table({ byKind }: FaultsReport, kinds: readonly FaultKind[], colors: Colors): string {
  const shown = kinds.filter(({ id }) => byKind[id]);
  const width = Math.max(...shown.map(({ label }) => label.length));
  const row = (label: string, cells: readonly string[]) =>
    [label.padEnd(width), ...cells.map((cell, index) => cell.padStart(HEADINGS[index]!.length))].join('  ');
  const lines = shown.map(({ id, label }) => {
    const ofKind = byKind[id]!;
    const line = row(
      label,
      HEADINGS.map((heading) => String(ofKind[heading])),
    );
    return ofKind.failed > 0 ? colors.red(line) : line;
  });
  return [colors.bold(row('kind of fault', HEADINGS)), ...lines].join('\n');
}
