import type { ConfigLocation, JsonObject, Report } from '@org/domain';
import { compileContent } from '../layout/content.js';
import type { Layout } from '../layout/layout.js';
import { type Path, pathText } from '../layout/path.js';
import type { ContentScope } from '../layout/reference.js';
import type { ContentTemplate } from '../layout/template.js';
import { previewKind } from '../settings/preview.js';
import type { Settings } from '../settings/resolve.js';
import type { TomlDocument } from '../text/toml-document.js';
import type { LayoutInput } from './layout-input.js';

interface TemplatesInput extends LayoutInput {
  readonly layout: Pick<Layout, 'clients' | 'channels' | 'gateway' | 'profileId'>;
}

/** Whether anybody gets to see what is read here. */
const isDelivered = ({ bootstrap, platform }: Settings) =>
  bootstrap.resolved && platform.resolved === 'magistrala';

const CONTEXT: Path = ['bootstrap', 'render_context'];

/** Reads `bootstrap.content` and `bootstrap.render_context`. */
export function readTemplates(input: TemplatesInput): Pick<Layout, 'content' | 'renderContext'> {
  const { layout, settings } = input;
  const scope = {
    clients: layout.clients.map(({ name }) => name),
    channels: layout.channels,
    gateway: layout.gateway,
    values: readValues(input),
  };
  const templates = { content: readContent(input, scope), renderContext: readRenderContext(input, scope) };
  if (isDelivered(settings)) warnOfEmptyMqttUrl(templates, input);
  return templates;
}

/** What `${values.…}` may name. */
function readValues({ document, settings, report, shared }: TemplatesInput): Map<string, string> {
  const own = valuesIn(document);
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries({ ...(shared && valuesIn(shared)), ...own })) {
    if (typeof value === 'object') {
      // What the main file says is judged there.
      if (!Object.hasOwn(own, name)) continue;
      report.problem(document.subject(['bootstrap', 'values', name]), {
        message: 'the value cannot be put into a text',
        found: previewKind(value),
        wanted: 'a text, a number, true or false',
      });
    } else values.set(name, String(value));
  }
  return values.set('mqtt_url', settings.mqttUrl.resolved ?? '');
}

const valuesIn = (document: TomlDocument) => Object(document.get(['bootstrap', 'values'])) as JsonObject;

function readContent(input: TemplatesInput, scope: ContentScope): ContentTemplate | undefined {
  const { document, settings, report } = input;
  const { content, profileId } = settings;
  if (content.explicit && profileId.explicit) {
    report.warn(content.subject, {
      message: 'gateways get what the profile renders instead of this content',
      found: 'content and a profile',
      wanted: 'one of them',
    });
  }
  const source = content.explicit ? content.resolved : builtInContent(input);
  if (source === undefined) return undefined;
  const place = (path: Path): ConfigLocation =>
    content.origin.from === 'file'
      ? document.subject(['bootstrap', 'content', ...path])
      : { key: `${content.env} (${pathText(path)})` };
  const template = compile(source, { scope, place, report });
  if (template && isDelivered(settings)) commentOnContent(template, input);
  return template;
}

function commentOnContent(template: ContentTemplate, { layout, settings, report }: TemplatesInput): void {
  const { content, x509 } = settings;
  const delivered = layout.profileId === undefined;
  if (template.usesSecrets && delivered) {
    report.note(content.subject, {
      // Listing is not authorised (Magistrala wire §4.3).
      message: 'Magistrala shows content to every signed-in user of any domain who lists configurations',
      found: 'references to secrets',
      wanted: 'this only where all who have accounts may know them',
    });
  }
  if (content.explicit && template.texts.length === 0 && delivered) {
    report.note(content.subject, {
      message: "every gateway gets the same content; today's Magistrala agent needs ids of its own in it",
      found: 'content without references',
      wanted: 'references such as ${gateway.id}',
    });
  }
  if (template.usesCertificates && !x509.resolved) {
    report.warn(content.subject, {
      message: 'content refers to certificates and none are issued: those places stay empty',
      found: 'references to certificates',
      wanted: 'MG_PROVISION_X509_PROVISIONING=true',
    });
  }
}

/** The built-in content where it can be rendered and would be delivered. */
function builtInContent({ layout, document, settings, report }: TemplatesInput): JsonObject | undefined {
  if (layout.profileId !== undefined) return undefined;
  const types = layout.channels.map(({ type }) => type);
  if (types.includes('control') && types.includes('data')) return settings.content.resolved;
  if (isDelivered(settings)) {
    report.warn(document.subject(['channels']), {
      message:
        'gateways get no content: none is configured, and the built-in one needs a control and a data channel',
      found: 'no content, no profile',
      wanted: '[bootstrap.content], bootstrap.profile_id, or channels of both types',
    });
  }
  return undefined;
}

function readRenderContext(
  { document, settings, report }: TemplatesInput,
  scope: ContentScope,
): ContentTemplate | undefined {
  const source = document.get(CONTEXT);
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return undefined;
  if (!settings.profileId.explicit) {
    report.warn(document.subject(CONTEXT), {
      message: 'only a profile uses it, and none is assigned',
      found: 'a render context without a profile',
      wanted: 'bootstrap.profile_id, or no render context',
    });
  }
  const template = compile(source, {
    scope,
    place: (path) => document.subject([...CONTEXT, ...path]),
    report,
  });
  for (const { path, pieces } of template?.texts ?? []) {
    for (const piece of pieces) {
      if (typeof piece === 'string' || !isPrivate(piece.target)) continue;
      report.problem(document.subject([...CONTEXT, ...path]), {
        message:
          'Magistrala shows the render context to every signed-in user, so it must not hold secrets or certificates',
        found: `\${${piece.text}}`,
        wanted: 'a binding, which profiles read secrets from',
      });
    }
  }
  return template;
}

const isPrivate = (target: { of: string; field?: string }) =>
  target.of === 'certificate' || target.field === 'secret';

interface CompileInput {
  readonly scope: ContentScope;
  readonly place: (path: Path) => ConfigLocation;
  readonly report: Report;
}

function compile(source: JsonObject, { scope, place, report }: CompileInput): ContentTemplate | undefined {
  const compiled = compileContent(source, scope);
  if (compiled.ok) return compiled.template;
  for (const { path, ...saying } of compiled.problems) report.problem(place(path), saying);
  return undefined;
}

function warnOfEmptyMqttUrl(
  templates: Pick<Layout, 'content' | 'renderContext'>,
  { settings, report }: TemplatesInput,
): void {
  const pieces = [templates.content, templates.renderContext].flatMap(
    (template) => template?.texts.flatMap((text) => text.pieces) ?? [],
  );
  if (settings.mqttUrl.resolved || !pieces.some((piece) => Object(piece).text === 'values.mqtt_url')) return;
  report.warn(settings.mqttUrl.subject, {
    message: 'gateways are told no MQTT address and use what they were set up with',
    found: 'nothing',
    wanted: 'an address such as ssl://mq.example.org:8883',
  });
}
