import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, FaultRule } from '@org/magistrala-emulator';
import type { Caller, Lane } from './lane.js';

/** A call, a fault that has taken hold of it, and who is waiting. */
interface Struck {
  readonly lane: Lane;
  readonly fault: Fault;
  readonly caller: Caller;
}

/** A way in which things go wrong at a call. */
export interface FaultKind {
  /** For programs; `--only` takes the beginning of it. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** What the platform does to the call. */
  readonly rule: Omit<FaultRule, 'operation' | 'nth'>;
  /** Time that the app gets for runs under way at SIGTERM; far more than they need when absent. */
  readonly drain?: string;
  /** What happens besides, once the fault has taken hold. */
  readonly strike?: (struck: Struck) => Promise<unknown>;
}

/** As often as the app tries a call that may be repeated. */
const EVERY_TRY = 3;
/** Milliseconds for a signal or a closed connection to be noticed on the other side. */
const NOTICE_MS = 40;

export const FAULT_KINDS: readonly FaultKind[] = [
  { id: 'refused_once', label: 'refused before the work, once', rule: { action: 'refuse' } },
  {
    id: 'refused_each_try',
    label: 'refused before the work, each try',
    rule: { action: 'refuse', times: EVERY_TRY },
  },
  { id: 'failed_once', label: 'failed after the work, once', rule: { action: 'fail_after' } },
  {
    id: 'failed_each_try',
    label: 'failed after the work, each try',
    rule: { action: 'fail_after', times: EVERY_TRY },
  },
  { id: 'no_answer_not_done', label: 'no answer, never done', rule: { action: 'hang_before' } },
  { id: 'no_answer_done', label: 'no answer, but done', rule: { action: 'hang_after' } },
  {
    id: 'no_answer_done_late',
    label: 'no answer in time, done after that',
    rule: { action: 'hold_before' },
    async strike({ fault, caller }) {
      await caller.answer;
      fault.release();
    },
  },
  { id: 'dropped_before', label: 'connection dropped before the work', rule: { action: 'drop_before' } },
  { id: 'dropped_after', label: 'connection dropped after the work', rule: { action: 'drop_after' } },
  {
    id: 'cut_leaves_row',
    label: 'cut in the middle: a row, invisible',
    rule: { action: 'drop_during', leaves: 'row' },
  },
  {
    id: 'cut_leaves_policies',
    label: 'cut in the middle: half-made, visible',
    rule: { action: 'drop_during', leaves: 'policies' },
  },
  { id: 'cut_by_chance', label: 'cut in the middle, as it happens', rule: { action: 'drop_during' } },
  {
    id: 'outage',
    label: 'platform gone from this call to the answer',
    rule: { action: 'drop_before' },
    async strike({ lane, caller }) {
      const outage = lane.emulator.faults.add({ action: 'drop_before', times: null });
      await caller.answer;
      outage.remove();
    },
  },
  {
    id: 'caller_left_before',
    label: 'caller leaves before the work',
    rule: { action: 'hold_before' },
    strike: leave,
  },
  {
    id: 'caller_left_after',
    label: 'caller leaves after the work',
    rule: { action: 'hold_after' },
    strike: leave,
  },
  {
    id: 'sigterm_drained',
    label: 'SIGTERM, time to drain',
    rule: { action: 'hold_before' },
    async strike({ lane, fault, caller }) {
      const ended = lane.end('SIGTERM');
      await delay(NOTICE_MS);
      fault.release();
      await ended;
      await caller.answer;
      await lane.restart();
    },
  },
  {
    id: 'sigterm_cut_short',
    label: 'SIGTERM, no time to drain',
    rule: { action: 'hold_before' },
    drain: '1ms',
    async strike({ lane, fault }) {
      await lane.end('SIGTERM');
      fault.release();
      await lane.restart();
    },
  },
  {
    id: 'sigkill_before',
    label: 'SIGKILL before the work',
    rule: { action: 'hang_before' },
    strike: killAndRestart,
  },
  {
    id: 'sigkill_after',
    label: 'SIGKILL after the work',
    rule: { action: 'hang_after' },
    strike: killAndRestart,
  },
  {
    id: 'sigkill_done_late',
    label: 'SIGKILL, done after the restart',
    rule: { action: 'hold_before' },
    async strike(struck) {
      await killAndRestart(struck);
      await struck.lane.lookedOnce();
      struck.fault.release();
    },
  },
];

async function leave({ caller, fault }: Struck): Promise<void> {
  caller.leave();
  await delay(NOTICE_MS);
  fault.release();
}

async function killAndRestart({ lane }: Struck): Promise<void> {
  await lane.end('SIGKILL');
  await lane.restart();
}
