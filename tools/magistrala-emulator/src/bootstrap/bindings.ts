import type { Clock, JsonObject } from '@org/domain';
import type { Channel } from '../channels/channels.js';
import type { Client } from '../clients/clients.js';
import { internal } from '../http/refusal.js';
import { omitEmpty } from '../http/reply.js';
import { isoTime } from '../wire-time.js';
import type { Config } from './configs.js';
import type { Profile } from './profiles.js';

interface BindingRequest {
  readonly slot: string;
  readonly type: string;
  readonly resource_id: string;
}

/** What bootstrap remembers of a bound resource (Magistrala wire §4.4). */
export interface Snapshot extends BindingRequest {
  readonly snapshot: JsonObject;
  readonly secret_snapshot: JsonObject;
}

interface Binding extends Snapshot {
  readonly config_id: string;
  readonly domain_id: string;
  readonly updated_at: string;
}

/** Bindings by config and slot. They outlive their config: Magistrala leaves the rows behind. */
export class Bindings {
  private readonly byConfig = new Map<string, Map<string, Binding>>();

  constructor(private readonly clock: Clock) {}

  /** By slot name. */
  of(configId: string): Binding[] {
    return [...(this.byConfig.get(configId)?.values() ?? [])].sort((a, b) => (a.slot < b.slot ? -1 : 1));
  }

  save({ id: config_id, domain_id }: Config, snapshots: readonly Snapshot[]): void {
    const ofConfig = this.byConfig.get(config_id) ?? new Map<string, Binding>();
    this.byConfig.set(config_id, ofConfig);
    const updated_at = isoTime(this.clock);
    const facts = { config_id, domain_id, updated_at };
    for (const snapshot of snapshots) ofConfig.set(snapshot.slot, { ...snapshot, ...facts });
  }

  all(): Binding[] {
    return [...this.byConfig.values()].flatMap((ofConfig) => [...ofConfig.values()]);
  }

  clear(): void {
    this.byConfig.clear();
  }
}

/** @throws Refusal 500 for an unknown slot, a slot of another type, and a slot twice. A profile without slots takes all. */
export function requireKnownSlots(
  { binding_slots: slots }: Profile,
  requested: readonly BindingRequest[],
): void {
  if (slots.length === 0) return;
  const seen = new Set<string>();
  for (const { slot: name, type } of requested) {
    const slot = slots.find((known) => known.name === name);
    if (slot?.type !== type || seen.has(name)) throw internal('invalid binding slot');
    seen.add(name);
  }
}

/** @throws Refusal 500 when a required slot is unbound, or a bound one has another type. */
export function requireBoundSlots({ binding_slots: slots }: Profile, bound: readonly Snapshot[]): void {
  for (const slot of slots) {
    const binding = bound.find(({ slot: name }) => name === slot.name);
    if (binding ? binding.type !== slot.type : slot.required) throw internal('required slot is not bound');
  }
}

/** Where bindings find clients and channels. Throws Refusal 404 for what the caller cannot read. */
export interface Resources {
  client(id: string): Client;
  channel(id: string): Channel;
}

/** @throws Refusal 404 for what the caller cannot read, 500 for other types than client and channel. */
export function resolveBinding({ slot, type, resource_id }: BindingRequest, resources: Resources): Snapshot {
  const request = { slot, type, resource_id };
  if (type === 'client') {
    const { id, name, identity, domain_id, secret } = resources.client(resource_id);
    return {
      ...request,
      snapshot: { id, name, ...omitEmpty({ identity, domain_id }) },
      secret_snapshot: { secret },
    };
  }
  if (type === 'channel') {
    const { id, name, route, domain_id, metadata } = resources.channel(resource_id);
    const snapshot = { id, name, ...omitEmpty({ topic: route, domain_id, metadata }) };
    return { ...request, snapshot, secret_snapshot: {} };
  }
  throw internal('unsupported binding type');
}

export function presentBinding({
  config_id,
  slot,
  type,
  resource_id,
  snapshot,
  updated_at,
}: Binding): object {
  return { config_id, slot, type, resource_id, ...omitEmpty({ snapshot }), updated_at };
}
