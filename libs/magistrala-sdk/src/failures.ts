import type { ErrorCode } from '@org/domain';
import type { Refinement } from '@org/http-client';

export const conflict = (code: ErrorCode): Refinement => ({ kind: 'conflict', code });

/**
 * What the services answer to a create or connect whose storage failed, whatever the reason: a database that was
 * lost midway as well as an id that exists. So it may have happened (Magistrala wire §0.2, §2.4, §3.2).
 */
export const CREATE_FAILED: Readonly<Record<string, Refinement>> = {
  '422 failed to create entity': { kind: 'ambiguous', code: 'create_failed' },
};
