import { ProvisionError, Secret, isProvisionError } from '@org/domain';
import type { Channels, Clients, Shown } from '@org/magistrala-sdk';
import type { NewClient, Remaining, Removed } from '@org/provisioning';
import type { Call } from './call.js';

/** What Magistrala can never remove, as its cancelled calls leave it (Magistrala wire §11.1). */
const UNREMOVABLE = {
  withoutPermissions:
    'Magistrala lists it, but holds no permissions on it: no one may delete it, platform administrators included',
  withoutRoles:
    'Magistrala holds no roles for it: every DELETE is refused, and leaves it with status deleted',
  hidden:
    'it is in the database of Magistrala, but has neither roles nor permissions: it is in no list of its owner and no one may delete it. If it is a client, it is enabled and its secret is accepted',
} as const;

interface Thing {
  readonly id: string;
}

interface Look<T extends Thing> {
  /** What view and list show of an id. */
  shown(id: string): Promise<Shown>;
  /** Those of the things that are there although neither shows them. */
  hidden(unseen: readonly T[]): Promise<readonly T[]>;
}

async function remainingOf<T extends Thing>(
  { things, mayBeHidden }: Removed<T>,
  { shown, hidden }: Look<T>,
): Promise<readonly Remaining[]> {
  const looks = await Promise.all(things.map(async (thing) => ({ thing, ...(await shown(thing.id)) })));
  const unseen = looks.filter(({ viewed, listed }) => !viewed && !listed).map(({ thing }) => thing);
  const hiding = mayBeHidden && unseen.length > 0 ? await hidden(unseen) : [];
  return [
    ...looks.flatMap(({ thing: { id }, viewed, listed }): Remaining[] => {
      if (viewed && listed) return [{ id }];
      if (viewed) return [{ id, unremovable: UNREMOVABLE.withoutRoles }];
      return listed ? [{ id, unremovable: UNREMOVABLE.withoutPermissions }] : [];
    }),
    ...hiding.map(({ id }) => ({ id, unremovable: UNREMOVABLE.hidden })),
  ];
}

export function remainingClients(
  removed: Removed<NewClient>,
  clients: Clients,
  call: Call,
): Promise<readonly Remaining[]> {
  return remainingOf(removed, {
    shown: (id) => clients.shown(id, call),
    async hidden(unseen) {
      const ids = unseen.map(({ id }) => id);
      if (await isTrueOrForbidden(clients.areFree(ids, call))) return [];
      // Clients do not tell a taken id from a failing database, but a taken secret.
      const taken = await those(unseen, ({ secret }) => clients.isSecretTaken(new Secret(secret), call));
      if (taken.length === 0) throw cannotTell();
      return taken;
    },
  });
}

export function remainingChannels<T extends Thing>(
  removed: Removed<T>,
  channels: Channels,
  call: Call,
): Promise<readonly Remaining[]> {
  return remainingOf(removed, {
    shown: (id) => channels.shown(id, call),
    async hidden(unseen) {
      const ids = unseen.map(({ id }) => id);
      if (await isTrueOrForbidden(channels.areFree(ids, call))) return [];
      return those(unseen, async ({ id }) => !(await channels.areFree([id], call)));
    },
  });
}

async function those<T>(things: readonly T[], are: (thing: T) => Promise<boolean>): Promise<readonly T[]> {
  const answers = await Promise.all(things.map(are));
  return things.filter((_, n) => answers[n]);
}

/** Who may remove but not create cannot be told more than view and list show. */
const isTrueOrForbidden = (answer: Promise<boolean>): Promise<boolean> =>
  answer.catch((error: unknown) => {
    if (!isProvisionError(error) || error.kind !== 'forbidden') throw error;
    return true;
  });

const cannotTell = () =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'cannot_tell',
    message: 'clients: it does not say whether an id is taken',
  });
