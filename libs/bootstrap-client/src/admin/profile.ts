import type { JsonObject } from '@org/domain';
import { goList, goTime, needed } from '@org/http-client';

export type TemplateFormat = 'go-template' | 'raw' | 'json' | 'yaml' | 'toml';

/** Something that a template needs and that is bound for each configuration. */
export interface BindingSlot {
  /** Unique in the profile. */
  readonly name: string;
  /** `client` and `channel` can be bound; anything else is stored and never works. */
  readonly type: string;
  readonly required: boolean;
}

/** A template that configurations share. Times are RFC 3339 text (Magistrala wire §4.4). */
export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly templateFormat: TemplateFormat;
  readonly contentTemplate: string;
  readonly defaults: JsonObject;
  readonly bindingSlots: readonly BindingSlot[];
  readonly version: number;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
}

export interface NewProfile {
  /** At most 1024 characters, unique in the domain. */
  readonly name: string;
  readonly description?: string;
  /** Default `go-template`. */
  readonly templateFormat?: TemplateFormat;
  /** Go's text/template; values are not escaped, use its `toJSON`. */
  readonly contentTemplate?: string;
  /** Template variables that a configuration's render context overrides. */
  readonly defaults?: JsonObject;
  readonly bindingSlots?: readonly BindingSlot[];
}

export interface WireProfile {
  id?: string;
  name?: string;
  description?: string;
  template_format?: TemplateFormat;
  /** What later releases call the format (Magistrala wire §10). */
  content_format?: TemplateFormat;
  content_template?: string;
  defaults?: JsonObject | null;
  binding_slots?: WireSlot[] | null;
  version?: number;
  created_at?: string;
  updated_at?: string;
}

export type WireSlot = Partial<BindingSlot>;

export function slotFromWire(wire: WireSlot): BindingSlot {
  return { name: needed(wire.name), type: wire.type ?? '', required: wire.required ?? false };
}

export function profileFromWire(wire: WireProfile): Profile {
  return {
    id: needed(wire.id),
    name: wire.name ?? '',
    description: wire.description ?? '',
    templateFormat: wire.template_format ?? wire.content_format ?? 'go-template',
    contentTemplate: wire.content_template ?? '',
    defaults: wire.defaults ?? {},
    bindingSlots: goList(wire.binding_slots).map(slotFromWire),
    version: wire.version ?? 0,
    createdAt: goTime(wire.created_at),
    updatedAt: goTime(wire.updated_at),
  };
}

/** The format goes out under both names: each release ignores the other's. */
export function profileToWire(profile: NewProfile): object {
  return {
    name: profile.name,
    description: profile.description,
    template_format: profile.templateFormat,
    content_format: profile.templateFormat,
    content_template: profile.contentTemplate,
    defaults: profile.defaults,
    binding_slots: profile.bindingSlots,
  };
}
