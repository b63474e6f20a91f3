import { createHash } from 'node:crypto';

/** Milliseconds since 1970. */
interface Validity {
  readonly thisUpdate: number;
  readonly nextUpdate: number;
}

/** Seconds, so that a revocation is known everywhere within the hour. */
const LONGEST_S = 3_600;

/**
 * Lets caches keep a signed answer for an hour, and no further than midway to its end: who gets it last must still have
 * time to use it (RFC 5019, section 6).
 */
export function cacheUntil(
  { thisUpdate, nextUpdate }: Validity,
  body: Buffer,
  now = Date.now(),
): Record<string, string> {
  const seconds = Math.min(LONGEST_S, Math.max(0, Math.floor((nextUpdate - now) / 2000)));
  return {
    'Cache-Control': `public, max-age=${seconds}, no-transform, must-revalidate`,
    'Last-Modified': new Date(thisUpdate).toUTCString(),
    Expires: new Date(now + seconds * 1000).toUTCString(),
    ETag: `"${createHash('sha256').update(body).digest('base64url')}"`,
  };
}
