import { randomUUID } from 'node:crypto';
import type { Clock } from '@org/domain';
import { Authenticator } from './auth/authenticator.js';
import { PersonalTokens } from './auth/pats.js';
import { Tokens } from './auth/tokens.js';
import { Bindings } from './bootstrap/bindings.js';
import { Configs } from './bootstrap/configs.js';
import { Hashing, type HashingPace } from './bootstrap/hashing.js';
import { Profiles } from './bootstrap/profiles.js';
import { Authority } from './certs/authority.js';
import { Certificates } from './certs/certificates.js';
import type { KeyKind } from './certs/keys.js';
import { Channels } from './channels/channels.js';
import { Connections } from './channels/connections.js';
import { Clients } from './clients/clients.js';
import { Domains } from './domains/domains.js';
import { Staleness, type StaleChecks } from './entities/staleness.js';
import { Chance } from './interruptions/chance.js';
import { Permissions } from './permissions.js';
import { Sessions } from './users/sessions.js';
import { Users } from './users/users.js';

/** The platform administrator of Magistrala's own composition. */
export const ADMIN = { username: 'admin', password: '12345678', email: 'admin@example.com' } as const;

/** `MG_CERTS_SECRET` of Magistrala's own composition. */
const CERTS_SECRET = '12345678';

interface WorldOptions {
  readonly seed: number;
  readonly staleChecks: StaleChecks;
  readonly configurationPace: HashingPace | undefined;
  readonly clock: Clock;
  readonly certKey: KeyKind;
  readonly bootstrapEncryptKey: string;
  readonly allowUnverified: boolean;
}

/** All that exists, by service, and what the services share. */
export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld(options: WorldOptions) {
  const { clock, certKey, bootstrapEncryptKey, allowUnverified } = options;
  const [tokens, authority] = await Promise.all([Tokens.create(clock), Authority.create(clock, certKey)]);
  const users = new Users(clock);
  const pats = new PersonalTokens(clock);
  const domains = new Domains(clock);
  const chance = new Chance(options.seed);
  const stores = {
    chance,
    users,
    sessions: new Sessions(tokens),
    pats,
    domains,
    clients: new Clients(),
    channels: new Channels(),
    connections: new Connections(),
    configs: new Configs(),
    profiles: new Profiles(clock),
    bindings: new Bindings(clock),
    certificates: new Certificates(clock),
  };
  const adminId = randomUUID();
  const world = {
    ...stores,
    clock,
    tokens,
    authority,
    authenticator: new Authenticator(tokens, pats, users, allowUnverified),
    permissions: new Permissions(domains, pats),
    staleness: new Staleness(chance, options.staleChecks),
    hashing: new Hashing(chance, options.configurationPace),
    bootstrapKey: Buffer.from(bootstrapEncryptKey),
    certsSecret: CERTS_SECRET,
    adminId,
    /** Back to the start: nothing but the administrator, whose tokens stay good. */
    reset(): void {
      for (const store of Object.values(stores)) store.clear();
      world.staleness.checks = options.staleChecks;
      world.hashing.pace = options.configurationPace;
      users.add({ ...ADMIN, role: 'admin', verified: true }, adminId);
    },
  };
  world.reset();
  return world;
}
