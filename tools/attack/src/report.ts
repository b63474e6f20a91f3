import type { Colors } from '@org/harness';
import type { CaseResult } from './run.js';

interface AttackReport {
  readonly cases: number;
  readonly held: number;
  readonly fell: number;
  readonly details: readonly CaseResult[];
}

export function reportOf(results: readonly CaseResult[]): AttackReport {
  const held = results.filter((result) => result.held).length;
  return { cases: results.length, held, fell: results.length - held, details: results };
}

/** For people: each case by itself, what it does, what has to hold, and what was seen. */
export function describe({ id, does, holds, held, seen }: CaseResult, colors: Colors): string {
  const mark = held ? colors.green('✓ held') : colors.red('✗ fell');
  return [
    `${mark}  ${colors.bold(id)}`,
    `        does   ${does}`,
    `        holds  ${holds}`,
    `        seen   ${held ? seen : colors.red(seen)}`,
  ].join('\n');
}
