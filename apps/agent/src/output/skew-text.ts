import { spanText } from './print.js';

/** For a clock that is wrong. */
export const skewText = (skewMs: number): string =>
  `The clock of this device is ${spanText(skewMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} the server's: set it, and have it kept right (NTP). Certificates are good for certain times only.`;
