import toml from '@iarna/toml';
import { parse as parseYaml } from 'yaml';
import type { JsonObject } from '@org/domain';
import { internal } from '../http/refusal.js';
import type { Snapshot } from './bindings.js';
import type { Config } from './configs.js';
import type { Profile } from './profiles.js';
import { execute, parseTemplate } from './template/template.js';
import { MapOf, Struct, TemplateError, mapFromJson } from './template/value.js';

/** What the output of a structured format must survive. `go-template` output may be anything. */
const OUTPUT_CHECKS: Record<string, ((text: string) => unknown) | undefined> = {
  'go-template': undefined,
  json: JSON.parse,
  yaml: parseYaml,
  toml: toml.parse,
};

/** Of the config, render and preview need only this. */
type Rendered = Pick<Config, 'id' | 'external_id' | 'domain_id' | 'render_context'>;

/** Fills a profile's template (Magistrala wire §4.4). @throws Refusal 500 for whatever goes wrong. */
export function render(profile: Profile, config: Rendered, bindings: readonly Snapshot[]): string {
  const { template_format: format, content_template: template } = profile;
  if (format === 'raw') return template;
  if (!(format in OUTPUT_CHECKS)) throw internal('unsupported template format');
  try {
    const output = execute(parseTemplate(template), contextOf(profile, config, bindings));
    OUTPUT_CHECKS[format]?.(output);
    return output;
  } catch (error) {
    // The parsers of the output formats have errors of many kinds; all mean the same here.
    throw internal(error instanceof TemplateError ? error.message : 'output is not what its format says');
  }
}

function contextOf(profile: Profile, config: Rendered, bindings: readonly Snapshot[]): Struct {
  const bound = bindings.map(({ slot, type, resource_id, snapshot, secret_snapshot }) => {
    return [slot, bindingStruct(type, resource_id, snapshot, secret_snapshot)] as const;
  });
  return new Struct({
    Device: new Struct({ ID: config.id, ExternalID: config.external_id, DomainID: config.domain_id }),
    Vars: mapFromJson({ ...profile.defaults, ...config.render_context }),
    Bindings: new MapOf(Object.fromEntries(bound), bindingStruct('', '', {}, {})),
  });
}

function bindingStruct(type: string, id: string, snapshot: JsonObject, secret: JsonObject): Struct {
  return new Struct({ Type: type, ID: id, Snapshot: mapOrNil(snapshot), Secret: mapOrNil(secret) });
}

const mapOrNil = (object: JsonObject) =>
  Object.keys(object).length > 0 ? mapFromJson(object) : new MapOf({}, null, true);
