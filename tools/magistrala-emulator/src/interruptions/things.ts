import type { Entity } from '../entities/entity.js';
import { type EntityKind, entityInPath } from '../entities/handlers.js';
import type { Reply } from '../http/reply.js';
import type { World } from '../world.js';
import type { Interrupted, Interruptions } from './interrupt.js';
import { LEFT_OF, type Weights } from './left.js';

/** What creating and deleting clients or channels leaves half done. */
export function interruptedThings<E extends Entity>(world: World, kind: EntityKind<E>): Interruptions {
  const weights = kind.name === 'clients' ? LEFT_OF.createdClients : LEFT_OF.createdChannels;
  const create = interruptedCreate(kind, weights);
  return {
    create,
    create_bulk: create,
    delete: async (request, choose, whole) => {
      const left = choose(LEFT_OF.removed);
      if (left === 'complete') await whole();
      if (left === 'nothing' || left === 'complete') return;
      const entity = entityInPath(world, kind, request, 'delete');
      kind.removeMore(entity);
      entity.status = 'deleted';
      if (left === 'unowned') entity.policies = false;
    },
  };
}

/** All that one call creates shares its fate: one insert, then one write of policies, then one of roles. */
function interruptedCreate<E extends Entity>({ store }: EntityKind<E>, weights: Weights): Interrupted {
  return async (_, choose, whole) => {
    const left = choose(weights);
    if (left === 'nothing') return;
    for (const entity of idsIn(await whole()).flatMap((id) => store.get(id) ?? [])) {
      entity.roles = left === 'complete';
      entity.policies = left !== 'row';
    }
  };
}

interface Created {
  readonly id?: string;
  readonly clients?: readonly { readonly id: string }[];
  readonly channels?: readonly { readonly id: string }[];
}

function idsIn({ body }: Reply): readonly string[] {
  const { id, clients = [], channels = [] } = JSON.parse(String(body)) as Created;
  return id === undefined ? [...clients, ...channels].map((thing) => thing.id) : [id];
}

/** What issuing leaves half done: a certificate that no list by entity shows. */
export function interruptedIssuing({ certificates }: World): Interruptions {
  const issue: Interrupted = async (_, choose, whole) => {
    const left = choose(LEFT_OF.issued);
    if (left === 'nothing') return;
    const { serial_number: serial } = JSON.parse(String((await whole()).body)) as { serial_number: string };
    if (left === 'unlinked') certificates.unlinkOne(serial);
  };
  return { issue, issue_from_csr: issue };
}
