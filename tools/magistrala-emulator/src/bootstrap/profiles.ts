import { randomUUID } from 'node:crypto';
import type { Clock, JsonObject } from '@org/domain';
import { type Fields, anyObject, fields, flag, listOf, text, texts } from '../http/go-json.js';
import { internal } from '../http/refusal.js';
import { omitEmpty } from '../http/reply.js';
import { ZERO_TIME, isoTime } from '../wire-time.js';
import { parseTemplate } from './template/template.js';
import { TemplateError } from './template/value.js';

const slotShape = fields({ name: text, type: text, required: flag, fields: texts });
type SlotBody = Fields<{ name: typeof text; type: typeof text; required: typeof flag; fields: typeof texts }>;

export const profileShape = fields({
  name: text,
  description: text,
  template_format: text,
  content_template: text,
  defaults: anyObject,
  binding_slots: listOf<SlotBody>(slotShape, () => ({})),
});
export type ProfileBody = ReturnType<typeof profileShape>;

interface Slot {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly fields: readonly string[];
}

export interface Profile {
  readonly id: string;
  readonly domain_id: string;
  readonly name: string;
  readonly description: string;
  readonly template_format: string;
  readonly content_template: string;
  readonly defaults: JsonObject;
  readonly binding_slots: readonly Slot[];
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Profiles (Magistrala wire §4.4). A name is used once in a domain. What is wrong with one is always an empty 500. */
export class Profiles {
  private readonly byId = new Map<string, Profile>();

  constructor(private readonly clock: Clock) {}

  create(domainId: string, body: ProfileBody): Profile {
    const now = isoTime(this.clock);
    const facts = { id: randomUUID(), domain_id: domainId, version: 1, created_at: now, updated_at: now };
    const profile = { ...checked(body), ...facts };
    this.requireFreeName(profile);
    this.byId.set(profile.id, profile);
    return profile;
  }

  /** Replaces the whole profile. @returns false when there is none. */
  update(domainId: string, id: string, body: ProfileBody): boolean {
    const content = checked(body);
    const old = this.get(domainId, id);
    if (!old) return false;
    const profile = { ...old, ...content, version: old.version + 1, updated_at: isoTime(this.clock) };
    this.requireFreeName(profile);
    this.byId.set(id, profile);
    return true;
  }

  get(domainId: string, id: string): Profile | undefined {
    const profile = this.byId.get(id);
    return profile?.domain_id === domainId ? profile : undefined;
  }

  existsAnywhere(id: string): boolean {
    return this.byId.has(id);
  }

  /** Newest first. */
  inDomain(domainId: string | undefined): Profile[] {
    const all = [...this.byId.values()].reverse();
    return domainId === undefined ? all : all.filter((profile) => profile.domain_id === domainId);
  }

  remove(domainId: string, id: string): boolean {
    return this.get(domainId, id) !== undefined && this.byId.delete(id);
  }

  clear(): void {
    this.byId.clear();
  }

  private requireFreeName({ id, domain_id, name }: Profile): void {
    const taken = this.inDomain(domain_id).some((other) => other.name === name && other.id !== id);
    if (taken) throw internal('profile name is taken');
  }
}

/** The content of a body with its defaults, its slots and its template checked. @throws Refusal 500 */
function checked(body: ProfileBody) {
  const content = profileContent(body);
  const names = new Set<string>();
  for (const { name, type } of content.binding_slots) {
    if (name === '' || type === '' || names.has(name)) throw internal('invalid binding slot');
    names.add(name);
  }
  if (content.content_template !== '' && content.template_format !== 'raw')
    checkTemplate(content.content_template);
  return content;
}

function profileContent(body: ProfileBody) {
  return {
    name: body.name ?? '',
    description: body.description ?? '',
    template_format: body.template_format || 'go-template',
    content_template: body.content_template ?? '',
    defaults: body.defaults ?? {},
    binding_slots: (body.binding_slots ?? []).map(
      ({ name = '', type = '', required = false, fields: names = [] }): Slot => ({
        name,
        type,
        required,
        fields: names,
      }),
    ),
  };
}

function checkTemplate(template: string): void {
  try {
    parseTemplate(template);
  } catch (error) {
    if (error instanceof TemplateError) throw internal(error.message);
    throw error;
  }
}

export function presentProfile(profile: Profile): object {
  const { description, content_template, defaults, version, domain_id } = profile;
  return {
    id: profile.id,
    ...omitEmpty({ domain_id }),
    name: profile.name,
    template_format: profile.template_format,
    ...omitEmpty({
      description,
      content_template,
      defaults,
      binding_slots: profile.binding_slots.map(presentSlot),
    }),
    ...(version > 0 && { version }),
    created_at: profile.created_at,
    updated_at: profile.updated_at,
  };
}

/** What an update answers: the request as it was understood, not what is stored (Magistrala wire §4.4). */
export function echoProfile(id: string, body: ProfileBody): object {
  const content = profileContent(body);
  return presentProfile({
    ...content,
    template_format: body.template_format ?? '',
    id,
    domain_id: '',
    version: 0,
    created_at: ZERO_TIME,
    updated_at: ZERO_TIME,
  });
}

export const presentSlot = ({ name, type, required, fields: names }: Slot) => ({
  name,
  type,
  required,
  ...omitEmpty({ fields: names }),
});
