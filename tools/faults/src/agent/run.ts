import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RealServer } from '@org/harness/agent';
import { Points } from './points.js';
import { type Outcome, Trial } from './trial.js';

interface FaultOptions {
  /** An empty one. */
  readonly folder: string;
  /** Devices at a time. */
  readonly lanes: number;
  /** Only every n-th step; default 1. */
  readonly every?: number;
  readonly onOutcome?: (outcome: Outcome) => void;
}

const NEVER = { step: Infinity };

/** Kills agents at every step of their enrolment, and of their first renewal: each device at one step of either. */
export async function runFaults({ folder, lanes, every, onOutcome }: FaultOptions): Promise<Outcome[]> {
  const server = await RealServer.start(folder);
  const enrolling = new Points(every);
  const renewing = new Points(every);
  const outcomes: Outcome[] = [];
  const note = (points: Points, outcome: Outcome): void => {
    points.tried(outcome.point, outcome.isWrite);
    outcomes.push(outcome);
    onOutcome?.(outcome);
  };
  let devices = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const enrolAt = enrolling.take();
      const renewAt = renewing.take();
      if (!enrolAt && !renewAt) return;
      const name = `device-${++devices}`;
      const home = join(folder, name);
      mkdirSync(home);
      const trial = new Trial({ server, domainId: name, home, compiled: join(folder, 'compiled') });
      const enrolled = await trial.enrol(enrolAt ?? NEVER);
      note(enrolling, enrolled);
      // An agent that cannot even enrol undisturbed is not going to renew.
      if (!enrolAt && enrolled.problems.length > 0) return;
      if (renewAt && enrolled.problems.length === 0) note(renewing, await trial.renew(renewAt));
      rmSync(home, { recursive: true });
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
    return outcomes;
  } finally {
    await server.close();
  }
}
