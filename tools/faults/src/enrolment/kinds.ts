/** A way in which a process is killed during an enrolment. */
export interface KillKind {
  /** For programs. */
  readonly id: string;
  /** For people. */
  readonly label: string;
}

export const KILL_KINDS = {
  between: { id: 'between_steps', label: 'both apps, between two steps' },
  write: { id: 'after_write', label: 'right after each write to the store' },
  callBefore: { id: 'platform_call_before', label: 'at each call to the platform, before its work' },
  callAfter: { id: 'platform_call_after', label: 'at each call to the platform, after its work' },
  callLate: { id: 'platform_call_late', label: 'the same, and the work done after the restart' },
  random: { id: 'random', label: 'either app, again and again, many devices at a time' },
} as const satisfies Record<string, KillKind>;
