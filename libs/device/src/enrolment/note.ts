import { Secret } from '@org/domain';
import type { PendingEnrolment, Grant } from './client.js';

/** An enrolment under way, as it is kept on the disk. */
export interface EnrolmentNote {
  readonly keyFingerprint: string;
  readonly begun: PendingEnrolment;
  /** Of the code, by the server's clock; milliseconds since 1970. */
  readonly expiresAt: number;
  /** How far this device's clock was ahead of the server's when it began. */
  readonly skewMs: number;
  /** Set once the operator has approved. */
  readonly grant: Grant | undefined;
}

export function formatNote({ begun, ...note }: EnrolmentNote): Secret {
  const secret = begun.secret?.reveal();
  return new Secret(
    `${JSON.stringify({ version: 1, ...note, begun: { ...begun, secret } }, undefined, 2)}\n`,
  );
}

/** Undefined for no note, and for one that cannot be read: the enrolment then begins anew. */
export function readNote(text: string | undefined): EnrolmentNote | undefined {
  if (text === undefined) return undefined;
  try {
    const { version, begun, ...note } = JSON.parse(text) as Omit<EnrolmentNote, 'begun'> & {
      version: number;
      begun: Omit<PendingEnrolment, 'secret'> & { secret?: string };
    };
    if (version !== 1 || typeof begun.code !== 'string') return undefined;
    const secret = begun.secret === undefined ? undefined : new Secret(begun.secret);
    return { ...note, begun: { ...begun, secret } };
  } catch {
    return undefined;
  }
}

const PICKED_UP_SOON_MS = 10 * 60e3;
const PICKED_UP_LATE_MS = 24 * 3600e3;

/**
 * Whether what is known of an enrolment can be gone by; later, the server has to be asked what has become of it. A grant
 * may be refused for ever in words that are not the server's.
 */
export const isUpToDate = ({ expiresAt, grant }: EnrolmentNote, now: number): boolean =>
  now < expiresAt + (grant ? PICKED_UP_LATE_MS : 0);

/** Whether an enrolment is not to be waited for any more, although no one can say what has become of it. */
export const isPast = ({ expiresAt }: EnrolmentNote, now: number): boolean =>
  now >= expiresAt + PICKED_UP_LATE_MS;

/**
 * Whether an enrolment can still lead somewhere. A code that no one has asked about any more must not keep a device
 * from renewing its certificate for ever.
 */
export function isEnrolling(text: string | undefined, now: number): boolean {
  const note = readNote(text);
  return note !== undefined && now < note.expiresAt + (note.grant ? PICKED_UP_LATE_MS : PICKED_UP_SOON_MS);
}
