import { systemClock } from '@org/domain';
import type { EnrolmentPolled } from '@org/enrolment';
import { type Observable, defer, finalize } from 'rxjs';
import { type PlaceLimits, StreamPlaces } from '../calls/stream-places.js';
import { watchState } from './watch-state.js';

interface WaitingOptions extends PlaceLimits {
  /** Milliseconds between two reads of the state that a device waits for. */
  readonly everyMs: number;
  /** Milliseconds that a device may wait in one go. */
  readonly longestMs: number;
}

/** Devices that wait for their approval on an open stream. */
export class Waiting {
  readonly #places: StreamPlaces;

  constructor(private readonly options: WaitingOptions) {
    this.#places = new StreamPlaces(options);
  }

  /** Errors as `look`, and unavailable `too_many_streams`. */
  states(address: string, look: () => Promise<EnrolmentPolled>): Observable<EnrolmentPolled> {
    // Taken when the stream begins: a caller that has already disconnected is never subscribed.
    return defer(() => {
      const leave = this.#places.take(address);
      return watchState({ ...this.options, look, clock: systemClock }).pipe(finalize(leave));
    });
  }
}
