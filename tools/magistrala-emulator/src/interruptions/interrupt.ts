import { Refusal } from '../http/refusal.js';
import type { Reply } from '../http/reply.js';
import type { Request } from '../http/request.js';
import { type Choose, LEFT_OF } from './left.js';

/** Does what a call does whose caller goes away in the middle of it. `whole` does all of it. */
export type Interrupted = (request: Request, choose: Choose, whole: () => Promise<Reply>) => Promise<void>;

/** By operation; all others are done or not. */
export type Interruptions = Readonly<Record<string, Interrupted>>;

const allOrNothing: Interrupted = async (_, choose, whole) => {
  if (choose(LEFT_OF.anythingElse) === 'complete') await whole();
};

interface InterruptedCall {
  readonly request: () => Promise<Request>;
  readonly choose: Choose;
  readonly handle: (request: Request) => Reply | Promise<Reply>;
}

export async function interrupt(
  { request, choose, handle }: InterruptedCall,
  interrupted: Interrupted = allOrNothing,
): Promise<void> {
  try {
    const read = await request();
    await interrupted(read, choose, async () => handle(read));
  } catch (error) {
    // Refused, as it would have been to a caller who waits.
    if (!(error instanceof Refusal)) throw error;
  }
}
