import { VERSION } from './version.js';

/** Magistrala's health answer (Magistrala wire §7.2): `application/health+json`. */
export interface Health {
  readonly status: 'pass';
  readonly version: string;
  readonly commit: string;
  readonly description: string;
  readonly build_time: string;
  readonly instance_id: string;
}

/** What a build says of itself; the values of an unstamped one where it says nothing. */
export interface BuildFacts {
  readonly commit?: string | undefined;
  readonly buildTime?: string | undefined;
}

export function healthOf(instanceId: string, { commit, buildTime }: BuildFacts): Health {
  return {
    status: 'pass',
    version: VERSION,
    commit: commit ?? 'ffffffff',
    description: 'provision service',
    build_time: buildTime ?? '1970-01-01_00:00:00',
    instance_id: instanceId,
  };
}

interface Check {
  readonly name: string;
  readonly status: 'pass' | 'fail';
  /** Milliseconds. */
  readonly ms: number;
  /** Why it failed, in words safe to show. */
  readonly reason?: string;
  /** It passed, but something wants mending; likewise. */
  readonly warning?: string;
}

/** What a check may answer, where it passed and has something to say. */
export interface Passed {
  readonly warning?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly Check[];
}

/** Asks everything at once that provisioning depends on. */
export async function checkReadiness(
  probes: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Readiness> {
  const checks = await Promise.all(
    Object.entries(probes).map(async ([name, probe]): Promise<Check> => {
      const from = performance.now();
      const took = () => Math.round(performance.now() - from);
      return probe().then(
        (answer) => ({ name, status: 'pass', ms: took(), ...warningOf(answer) }),
        (error: unknown) => ({ name, status: 'fail', ms: took(), reason: reasonOf(error) }),
      );
    }),
  );
  return { ready: checks.every(({ status }) => status === 'pass'), checks };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'kind' in error ? error.message : 'does not answer';

/** Other services' health answers are of no interest. */
const warningOf = (answer: unknown): Passed =>
  answer instanceof Object && 'warning' in answer ? { warning: String(answer.warning) } : {};
