import { ProvisionError } from '@org/domain';
import { LEFT, type Left } from '../interruptions/left.js';

/**
 * What happens to a struck call:
 *
 * - `delay`: it waits `delayMs`, then goes on as usual, unless the caller has gone by then: Magistrala cancels its work,
 *   and may leave it half done.
 * - `refuse`: `status` (default 503) is answered and nothing is done.
 * - `fail_after`: it is done, and then `status` (default 500, with an empty body) is answered.
 * - `drop_before`, `drop_after`: the connection is destroyed, before or after it is done. `drop_during`: in the middle.
 * - `hang_before`: it is never done and never answered. `hang_after`: it is done at once and never answered.
 * - `late`: it is done after `delayMs`, even if the caller has gone, and answered if the caller still waits.
 * - `hold_before`, `hold_after`: it waits, before or after it is done, for `Fault.release()`; then it goes on as
 *   usual. With `hold_before` it is done even if the caller has gone.
 * - `hold_during`: it waits in the middle for `Fault.release()`, and is done then; or for its caller to go, which
 *   interrupts it.
 *
 * `late` and `hold_before` are those of something between the two that holds a request and does not tell that its
 * caller has gone. Where Magistrala is interrupted, `leaves` says what is left; without it chance does.
 *
 * A gRPC call cannot be cut off alone: there `refuse` and both drops answer UNAVAILABLE, `fail_after` INTERNAL.
 */
export const FAULT_ACTIONS = [
  'delay',
  'refuse',
  'fail_after',
  'drop_before',
  'drop_during',
  'drop_after',
  'hang_before',
  'hang_after',
  'late',
  'hold_before',
  'hold_during',
  'hold_after',
] as const;

export type FaultAction = (typeof FAULT_ACTIONS)[number];

/** Which calls to strike, and how. A call must match all of `service`, `operation`, `method` and `path`. */
export interface FaultRule {
  readonly service?: string;
  /** `clients.create_bulk`, or only `create_bulk`. */
  readonly operation?: string;
  readonly method?: string;
  /** A regular expression, tried on the path without the query. */
  readonly path?: string;
  /** The first call to strike, counted from 1 among the matching calls since the rule was added. Default 1. */
  readonly nth?: number;
  /** Chance from 0 to 1 that a matching call is struck. Default 1. */
  readonly probability?: number;
  /** How many calls to strike; `null` (or Infinity) for no end. Default 1. */
  readonly times?: number | null;
  readonly action: FaultAction;
  /** HTTP status of `refuse` and `fail_after`; on gRPC calls the gRPC code. */
  readonly status?: number;
  /** Body of `refuse` and `fail_after`; default none. */
  readonly body?: string;
  /** What is left where the work is interrupted, and can end so; by chance when not said. */
  readonly leaves?: Left;
  /** Milliseconds of `delay` and `late`. Default 1000. */
  readonly delayMs?: number;
}

/**
 * Checks a rule that may come from outside.
 *
 * @throws ProvisionError `invalid_fault_rule`.
 */
export function checkRule(value: unknown): FaultRule {
  if (typeof value !== 'object' || value === null) throw invalidRule('a fault rule is an object');
  const rule = value as Record<string, unknown>;
  if (!FAULT_ACTIONS.includes(rule['action'] as FaultAction)) {
    throw invalidRule(`"action" is one of ${FAULT_ACTIONS.join(', ')}`);
  }
  for (const name of ['service', 'operation', 'method', 'path', 'body']) {
    if (rule[name] !== undefined && typeof rule[name] !== 'string') throw invalidRule(`"${name}" is a text`);
  }
  for (const name of ['nth', 'probability', 'status', 'delayMs']) {
    if (rule[name] !== undefined && typeof rule[name] !== 'number')
      throw invalidRule(`"${name}" is a number`);
  }
  if (rule['times'] != null && typeof rule['times'] !== 'number')
    throw invalidRule('"times" is a number or null');
  if (rule['leaves'] !== undefined && !LEFT.includes(rule['leaves'] as Left))
    throw invalidRule(`"leaves" is one of ${LEFT.join(', ')}`);
  try {
    new RegExp((rule['path'] as string | undefined) ?? '');
  } catch (cause) {
    throw invalidRule('"path" is a regular expression', cause);
  }
  return rule as unknown as FaultRule;
}

function invalidRule(message: string, cause?: unknown): ProvisionError {
  return new ProvisionError({ kind: 'invalid', code: 'invalid_fault_rule', message, cause });
}
