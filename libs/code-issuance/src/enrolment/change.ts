import { enrolmentUnknown } from '../errors.js';
import type { CodeStore } from '../store/code-store.js';
import type { EnrolmentRecord } from './record.js';

/** Before a change, and after it; the same object when there was nothing to change. */
export interface Changed {
  readonly before: EnrolmentRecord;
  readonly record: EnrolmentRecord;
}

/**
 * Decides on what is stored and writes the decision if nothing has changed meanwhile; otherwise decides again. Every turn
 * that is lost was another's progress, so this ends. A lease that is over by the store's time before the decision is
 * written is over when it is: then no one has renewed it in between.
 *
 * @throws ProvisionError not_found `enrolment_unknown`, and what `decide` throws
 */
export async function change(
  store: CodeStore,
  find: () => Promise<EnrolmentRecord | undefined>,
  decide: (record: EnrolmentRecord, now: number) => EnrolmentRecord,
): Promise<Changed> {
  for (;;) {
    const [before, now] = await Promise.all([find(), store.now()]);
    if (!before) throw enrolmentUnknown();
    const record = decide(before, now);
    if (record === before || (await store.replace(record))) return { before, record };
  }
}
