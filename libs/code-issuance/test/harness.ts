import { randomBytes } from 'node:crypto';
import { type Clock, Secret, isProvisionError } from '@org/domain';
import {
  type StartedEnrolment,
  CodeIssuance,
  type CodeSettings,
  LEGACY_SETTINGS,
  type OnDisplaced,
} from '../src/index.js';
import { MemoryCodeStore } from '../src/testing/index.js';

export const START = 1_790_000_000_000;

/** Time that stands still until it is moved. */
export class TestClock implements Clock {
  #now = START;
  now = (): number => this.#now;
  monotonic = (): number => this.#now;
  sleep = async (): Promise<void> => undefined;
  advance(ms: number): void {
    this.#now += ms;
  }
}

export const aKey = (): string => randomBytes(32).toString('base64url');

export interface Bench {
  readonly codes: CodeIssuance;
  readonly store: MemoryCodeStore;
  readonly clock: TestClock;
  readonly hashKey: Uint8Array;
}

export function bench(settings: Partial<CodeSettings> = {}, onDisplaced?: OnDisplaced): Bench {
  const clock = new TestClock();
  const store = new MemoryCodeStore(clock);
  const hashKey = randomBytes(32);
  return { store, clock, hashKey, codes: new CodeIssuance({ store, clock, hashKey, settings, onDisplaced }) };
}

export const legacyBench = (): Bench => bench({ legacy: LEGACY_SETTINGS });

export const ANN = { operator: 'ann', address: '198.51.100.1' };
export const BOB = { operator: 'bob', address: '198.51.100.2' };

export const request = (payload = '{}', operator = 'ann', domainId = 'plant') => ({
  domainId,
  operator,
  payload: new Secret(payload),
});

/** Begins and approves. */
export async function approvedDevice(
  codes: CodeIssuance,
): Promise<StartedEnrolment & { keyFingerprint: string }> {
  const keyFingerprint = aKey();
  const begun = await codes.begin({ keyFingerprint, origin: '192.0.2.1' });
  await codes.approve(begun.id, request());
  return { ...begun, keyFingerprint };
}

/** What a promise comes to: `ok`, or the code of its error. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    return error.code;
  }
}

export function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Runs `step`; fails unless what comes back is of the kind that is wanted. */
export function expectStep<S extends string, T extends { readonly step: string }>(
  result: T,
  step: S,
): Extract<T, { readonly step: S }> {
  if (result.step !== step) throw new Error(`expected ${step}, got ${result.step}`);
  return result as Extract<T, { readonly step: S }>;
}
