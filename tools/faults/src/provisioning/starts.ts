import { Semaphore } from '@org/harness';

/** Starting is what takes the machine's time: more at once would make calls fail that no one meant to fail. */
export const starts = new Semaphore();
