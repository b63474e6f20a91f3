import type { Chance } from './chance.js';

/**
 * What is left of a call whose caller goes away in the middle of it: Magistrala cancels its work when the connection
 * closes, and rolls nothing back (Magistrala wire §11.1).
 *
 * - `nothing`: nothing of it was done; `complete`: all of it was.
 * - of a create, `row`: the row alone. It is enabled and its secret works, but without policies no one may view or
 *   delete it, and without roles only platform administrators list it. `policies`: the row with its policies: it can
 *   be viewed, but a DELETE is refused midway, and leaves it with status deleted for ever.
 * - of a delete, `deleted`: connections gone, status deleted; `unowned`: its policies gone too, so that no one may
 *   delete it any more, while lists go on showing it.
 * - of an issue, `unlinked`: the certificate is valid, but not listed under its entity.
 */
export const LEFT = ['nothing', 'complete', 'row', 'policies', 'deleted', 'unowned', 'unlinked'] as const;
export type Left = (typeof LEFT)[number];

export type Weights = Readonly<Partial<Record<Left, number>>>;

/** How often each was seen when calls of a live Magistrala were cut off, at random moments. */
export const LEFT_OF = {
  createdClients: { nothing: 30, complete: 2, row: 12, policies: 5 },
  createdChannels: { nothing: 69, complete: 4, row: 3, policies: 5 },
  removed: { nothing: 61, deleted: 14, unowned: 14, complete: 11 },
  /** The issuer is not told that the caller has gone; only the note of whose it is fails. */
  issued: { nothing: 2, unlinked: 7, complete: 1 },
  /** Everything else was done or not, and nothing in between. */
  anythingElse: { nothing: 1, complete: 1 },
} as const satisfies Record<string, Weights>;

/** Chooses by chance, or what is wished for where the call can end so. */
export type Choose = (weights: Weights) => Left;

export const choosing =
  (chance: Chance, wish: Left | undefined): Choose =>
  (weights) =>
    wish !== undefined && wish in weights ? wish : chance.pick(weights);
