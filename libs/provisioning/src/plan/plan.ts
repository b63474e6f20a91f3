import type { IdSource, JsonObject } from '@org/domain';
import { type ContentValues, type Layout, renderContent } from '@org/layout-config/layout';
import type { SlotBinding, NewChannel, NewClient } from '../platform/platform.js';
import type { ProvisionRequest } from './request.js';

/** How layouts are carried out; from the configuration, the same for all requests. */
export interface ProvisioningSettings {
  readonly x509: boolean;
  readonly bootstrap: boolean;
  readonly configurationEnabled: boolean;
  readonly certTtl: string;
  readonly externalKeyInMetadata: boolean;
}

/**
 * Everything that will be asked of the platform, decided before the first call: a plain value that the
 * journal keeps, from which a run can be finished or removed by any process at any later time.
 */
export interface Plan {
  readonly runId: string;
  readonly domainId: string;
  readonly externalId: string;
  readonly name: string;
  /** Name of the further layout that it was made from; undefined: the main one. */
  readonly layout?: string;
  readonly clients: readonly NewClient[];
  readonly channels: readonly NewChannel[];
  /** Index of the client that bootstraps. */
  readonly gateway: number;
  /** Undefined when bootstrap provisioning is off. */
  readonly configuration: PlannedConfiguration | undefined;
  /** Undefined when no certificates are issued. */
  readonly certificates: PlannedCertificates | undefined;
  /** Milliseconds that its answer is kept for; undefined: as long as any answer. */
  readonly keepAnswerMs?: number;
  /** The completed run whose things are to be removed; undefined in a plan to make something. */
  readonly removes?: string;
}

interface PlannedCertificates {
  readonly ttl: string;
  /** Who gets one. */
  readonly clientIds: readonly string[];
}

interface PlannedConfiguration {
  /** Known only where it exists and is to be removed: the platform chooses it. */
  readonly id?: string;
  /** Unique per domain, as the platform requires: two gateways may share a request name. */
  readonly name: string;
  readonly externalKey: string;
  readonly content: string | undefined;
  readonly profileId: string | undefined;
  readonly renderContext: JsonObject;
  readonly bindings: readonly SlotBinding[];
  /** Whether it ends enabled. */
  readonly enabled: boolean;
}

interface PlanInput {
  readonly domainId: string;
  readonly request: ProvisionRequest;
  readonly layout: Layout;
  /** Undefined: `layout` is the main one. */
  readonly layoutName?: string;
  /** The device has a key, so its gateway's client gets no certificate here. */
  readonly ownKey?: boolean;
  readonly keepAnswerMs?: number;
  readonly settings: ProvisioningSettings;
  readonly ids: IdSource;
}

export function makePlan(input: PlanInput): Plan {
  const { domainId, request, layout, layoutName, keepAnswerMs, settings, ids } = input;
  const channels = layout.channels.map((channel) => ({
    id: ids.uuid(),
    name: `${request.name}_${channel.name}`,
    metadata: channel.metadata,
  }));
  const gatewayFacts = gatewayMetadata({ request, layout, channels, settings });
  const clients = layout.clients.map((client) => ({
    id: ids.uuid(),
    name: client.isGateway ? request.name : `${request.name}_${client.name}`,
    secret: ids.uuid(),
    metadata: client.isGateway ? { ...client.metadata, ...gatewayFacts } : client.metadata,
  }));
  const plan = {
    runId: ids.uuid(),
    domainId,
    externalId: request.externalId,
    name: request.name,
    clients,
    channels,
    gateway: layout.gateway,
    certificates: planCertificates(clients, input),
    ...(layoutName !== undefined && { layout: layoutName }),
    ...(keepAnswerMs !== undefined && { keepAnswerMs }),
  };
  return {
    ...plan,
    configuration: settings.bootstrap ? planConfiguration(plan, request, layout, settings) : undefined,
  };
}

/** The clients that get a certificate. */
export function certifiedClients({ clients, certificates }: Plan): readonly NewClient[] {
  if (!certificates) return [];
  return clients.filter(({ id }) => certificates.clientIds.includes(id));
}

function planCertificates(
  clients: readonly NewClient[],
  { layout, settings, ownKey }: PlanInput,
): PlannedCertificates | undefined {
  const certified = ownKey ? clients.filter((_, index) => index !== layout.gateway) : clients;
  if (!settings.x509 || certified.length === 0) return undefined;
  return { ttl: settings.certTtl, clientIds: certified.map(({ id }) => id) };
}

/** What references in a layout resolve to, before certificates exist. */
export function contentValues(plan: Omit<Plan, 'configuration'>): ContentValues {
  const { domainId, externalId, name, clients, channels } = plan;
  return { domainId, externalId, name, clients, channels };
}

function planConfiguration(
  plan: Omit<Plan, 'configuration'>,
  request: ProvisionRequest,
  layout: Layout,
  settings: ProvisioningSettings,
): PlannedConfiguration {
  const values = contentValues(plan);
  const resources = { client: plan.clients, channel: plan.channels };
  return {
    name: `${request.name}_${request.externalId}`,
    externalKey: request.externalKey.reveal(),
    content: layout.content && JSON.stringify(renderContent(layout.content, values)),
    profileId: layout.profileId,
    renderContext: {
      ...(layout.renderContext && renderContent(layout.renderContext, values)),
      external_id: request.externalId,
      name: request.name,
    },
    bindings: layout.bindings.map(({ slot, type, target }) => ({
      slot,
      type,
      resourceId: resources[type][target]!.id,
    })),
    enabled: settings.configurationEnabled,
  };
}

/** The keys are those that Magistrala's UI and agent read (Magistrala wire §7.5, call 15). */
function gatewayMetadata(input: {
  request: ProvisionRequest;
  layout: Layout;
  channels: readonly NewChannel[];
  settings: ProvisioningSettings;
}): JsonObject {
  const { request, layout, channels, settings } = input;
  const idOf = (type: string) =>
    channels[layout.channels.findLastIndex((channel) => channel.type === type)]?.id ?? '';
  return {
    type: 'gateway',
    external_id: request.externalId,
    ...(settings.externalKeyInMetadata && { external_key: request.externalKey.reveal() }),
    ctrl_channel_id: idOf('control'),
    data_channel_id: idOf('data'),
    export_channel_id: idOf('export'),
  };
}

/** The gateway's metadata once its configuration exists. */
export function finalMetadata(plan: Plan, configurationId: string): JsonObject {
  return { ...plan.clients[plan.gateway]!.metadata, cfg_id: configurationId };
}
