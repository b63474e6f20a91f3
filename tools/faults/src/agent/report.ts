import type { Outcome, Phase } from './trial.js';

interface FaultsReport {
  readonly kills: number;
  readonly byPhase: Readonly<Record<Phase, number>>;
  readonly failures: readonly {
    readonly phase: Phase;
    readonly step: number;
    readonly half: boolean;
    readonly killed: string;
    readonly problems: readonly string[];
  }[];
}

export function reportOf(outcomes: readonly Outcome[]): FaultsReport {
  const killsOf = (phase: Phase): number =>
    outcomes.filter((each) => each.phase === phase && each.killed !== undefined).length;
  const byPhase = { enrol: killsOf('enrol'), renew: killsOf('renew') };
  return {
    kills: byPhase.enrol + byPhase.renew,
    byPhase,
    failures: outcomes
      .filter(({ problems }) => problems.length > 0)
      .map(({ phase, point: { step, half = false }, killed = 'nothing', problems }) => ({
        ...{ phase, step, half, killed, problems },
      })),
  };
}

export function reportText({ kills, byPhase, failures }: FaultsReport): string {
  const each = failures.flatMap(({ phase, step, half, killed, problems }) => [
    `FAIL  ${phase}, killed ${half ? 'half-way through' : 'before'} step ${step}: ${killed}`,
    ...problems.map((problem) => `      ${problem}`),
  ]);
  const { enrol, renew } = byPhase;
  const summary = `agent: ${kills} kills (${enrol} in enrolments, ${renew} in renewals), ${failures.length} devices that did not come to one identity and one machine`;
  return [...each, summary].join('\n');
}
