import type { Clock } from '@org/domain';
import type { EnrolmentPolled } from '@org/enrolment';
import { Observable, type Subscriber } from 'rxjs';

interface WatchOptions {
  /** Reads the state once. */
  readonly look: () => Promise<EnrolmentPolled>;
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Milliseconds after which the stream ends whatever the state. */
  readonly longestMs: number;
}

/** The state now and every change of it, while it is `pending`; what comes after that is the last. */
export function watchState(options: WatchOptions): Observable<EnrolmentPolled> {
  return new Observable((subscriber) => {
    const left = new AbortController();
    follow(options, subscriber, left.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => left.abort();
  });
}

async function follow(
  { look, clock, everyMs, longestMs }: WatchOptions,
  subscriber: Subscriber<EnrolmentPolled>,
  left: AbortSignal,
): Promise<void> {
  const end = clock.now() + longestMs;
  let last: EnrolmentPolled | undefined;
  while (!left.aborted) {
    const polled = await look();
    if (polled.state !== last?.state) subscriber.next(polled);
    if (polled.state !== 'pending' || clock.now() + everyMs > end) return;
    last = polled;
    await clock.sleep(everyMs, left);
  }
}
