import type { Clock } from '@org/domain';
import type { CallRecord } from './calls.js';
import type { HashingPace } from './bootstrap/hashing.js';
import type { KeyKind } from './certs/keys.js';
import type { DomainRole } from './domains/roles.js';
import type { EntityFacts } from './entities/entity.js';
import type { StaleChecks } from './entities/staleness.js';
import type { Faults } from './faults/faults.js';
import type { Inventory } from './inventory.js';
import type { HttpService } from './operations.js';

export type ServiceName = HttpService | 'control';

export interface EmulatorOptions {
  readonly host?: string;
  /** A free port for each service that is not named here. */
  readonly ports?: Partial<Record<ServiceName, number>>;
  /** Port of the auth service's gRPC side; default a free one. */
  readonly grpcPort?: number;
  /** Milliseconds that each call takes before its work begins. Default 0. */
  readonly latencyMs?: number;
  /** Kind of keys in certificates; `rsa` (default) is what Magistrala makes, `ec` is quicker. */
  readonly certKey?: KeyKind;
  /** Default is the binary's own default; 16, 24 or 32 bytes. */
  readonly bootstrapEncryptKey?: string;
  /** `MG_ALLOW_UNVERIFIED_USER`; default true, as Magistrala's own composition has it. */
  readonly allowUnverifiedUsers?: boolean;
  /** Of all that goes by chance: the same seed and the same calls in the same order come out the same. Default 1. */
  readonly seed?: number;
  /** How often checks of permissions miss what was just created. Default never; see `LIVE_STALENESS`. */
  readonly staleChecks?: StaleChecks;
  /** How long adding a configuration takes. Default no time; see `LIVE_PACE`. */
  readonly configurationPace?: HashingPace;
  /** For the times of objects, tokens and certificates. Call records and faults use real time. */
  readonly clock?: Clock;
}

interface AddedDomain {
  readonly id: string;
  readonly name: string;
  readonly route: string;
}

export interface AddedUser {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly email: string;
}

/** A running emulator. */
export interface Emulator {
  /** `http://host:port` of each service. */
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** `host:port` of the auth service's gRPC side. */
  readonly authGrpc: string;
  readonly admin: { readonly username: string; readonly password: string; readonly email: string };
  readonly bootstrapEncryptKey: string;
  setLatency(ms: number): void;
  readonly faults: Faults;
  /** All calls since the start or the last `clearCalls`, in the order of their arrival. */
  calls(): CallRecord[];
  clearCalls(): void;
  inventory(domainId?: string): Inventory;
  /** Puts a client or channel into a state that calls which are cut off leave. @throws ProvisionError `unknown_client`, `unknown_channel` */
  setFacts(kind: 'clients' | 'channels', id: string, facts: EntityFacts): void;
  setStaleChecks(checks: StaleChecks): void;
  /** @param pace undefined: no time */
  setConfigurationPace(pace: HashingPace | undefined): void;
  /** Adds a domain that the platform administrator made. What is not said is made up. */
  addDomain(domain?: Partial<AddedDomain>): AddedDomain;
  /** Adds an enabled user, verified unless said otherwise. What is not said is made up. */
  addUser(
    user?: Partial<AddedUser> & { readonly role?: 'user' | 'admin'; readonly verified?: boolean },
  ): AddedUser;
  /** @param role default `member` @throws ProvisionError `not_found` */
  addMember(domainId: string, userId: string, role?: DomainRole): void;
  /** Back to the start: objects, faults, calls, latency, paces and chances. The administrator's tokens and the authority stay. */
  reset(): void;
  close(): Promise<void>;
}
