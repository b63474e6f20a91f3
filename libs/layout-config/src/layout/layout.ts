import type { JsonObject } from '@org/domain';
import type { ContentTemplate } from './template.js';

/** What Magistrala and its agent know a channel as; used to fill the gateway's metadata. */
export const CHANNEL_TYPES = ['control', 'data', 'export'] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** A client that every provisioned gateway gets. */
export interface LayoutClient {
  /** Its name in the layout, 1 to 1024 bytes (1022 unless the gateway); unique among the layout's clients. */
  readonly name: string;
  /** As written, without `external_id`. */
  readonly metadata: JsonObject;
  /** True for the one client whose metadata carries `external_id`: the one that bootstraps. */
  readonly isGateway: boolean;
}

/** A channel that every provisioned gateway gets. */
export interface LayoutChannel {
  /** Its name in the layout; the created channel is called `<request name>_<this>`. Unique. */
  readonly name: string;
  /** As written, `type` included. */
  readonly metadata: JsonObject;
  readonly type: ChannelType | undefined;
}

/** Fills a slot of a bootstrap profile with a client or channel of the layout. */
export interface LayoutBinding {
  readonly slot: string;
  readonly type: 'client' | 'channel';
  /** Index into `clients` or `channels` (by `type`): resolved when the layout was read. */
  readonly target: number;
}

/** What is made for one gateway. Checked, frozen, shared by all requests: never written to. */
export interface Layout {
  readonly clients: readonly LayoutClient[];
  readonly channels: readonly LayoutChannel[];
  /** Index of the client with `isGateway`. */
  readonly gateway: number;
  /** Magistrala bootstrap profile to assign, if any. */
  readonly profileId: string | undefined;
  /**
   * What the bootstrap configuration contains: from file or environment, else what today's Magistrala agent
   * needs. Undefined where a profile renders it, or where there is none and the layout lacks a control or
   * data channel for the built-in one.
   */
  readonly content: ContentTemplate | undefined;
  /** Template variables for the profile; strings may hold references as in `content`. */
  readonly renderContext: ContentTemplate | undefined;
  readonly bindings: readonly LayoutBinding[];
}
