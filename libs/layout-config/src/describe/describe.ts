import { type JsonObject, type JsonValue, type Problem, formatProblem, printable } from '@org/domain';
import type { Layout } from '../layout/layout.js';
import { pathText } from '../layout/path.js';
import type { ContentTemplate } from '../layout/template.js';
import type { LoadResult } from '../load.js';
import type { Origin } from '../settings/resolve.js';
import { type Tree, drawTree } from './tree.js';

/**
 * What `--check-config` prints: every setting with where its value came from, the layout as a tree, and
 * all that is to be said about it. Holds no secret, and of content only which references stand where.
 */
export function describeConfig(result: LoadResult): string {
  const sections = [
    section(
      `Settings (${result.file === undefined ? 'no file' : `file ${result.file}`})`,
      settingLines(result),
    ),
    ...(result.ok ? [section('Layout', drawTree(layoutTree(result.config.layout)))] : []),
    ...furtherLayouts(result).map(([name, layout]) =>
      section(`Layout ${name}`, drawTree(layoutTree(layout))),
    ),
    ...(result.ok
      ? []
      : [section(`Problems (${result.problems.length})`, result.problems.map(formatProblem))]),
    ...(['warning', 'note'] as const).map((severity) => {
      const some = result.warnings.filter((warning) => warning.severity === severity);
      return section(
        `${severity === 'warning' ? 'Warnings' : 'Notes'} (${some.length})`,
        some.map(formatProblem),
      );
    }),
    result.ok ? 'The configuration is valid.' : 'The configuration is NOT valid.',
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

/** The same for programs. */
export function describeConfigJson(result: LoadResult): JsonObject {
  return {
    ok: result.ok,
    file: result.file ?? null,
    settings: result.origins.map(({ key, env, value, origin }) => ({
      key,
      env: env ?? null,
      value: value ?? null,
      origin: { ...origin },
    })),
    layout: result.ok ? layoutJson(result.config.layout) : null,
    layouts: Object.fromEntries(furtherLayouts(result).map(([name, layout]) => [name, layoutJson(layout)])),
    problems: result.ok ? [] : result.problems.map(problemJson),
    warnings: result.warnings.map(problemJson),
  };
}

const furtherLayouts = (result: LoadResult): [string, Layout][] =>
  result.ok ? [...result.config.layouts] : [];

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${printable(line)}`)].join('\n');
}

function settingLines({ origins }: LoadResult): string[] {
  const rows = origins.map(
    ({ key, value, origin }) => [key, value ?? '(not set)', originText(origin)] as const,
  );
  const width = (column: 0 | 1) => Math.min(44, Math.max(...rows.map((row) => row[column].length)));
  return rows.map(([key, value, origin]) => `${key.padEnd(width(0))}  ${value.padEnd(width(1))}  ${origin}`);
}

function originText(origin: Origin): string {
  if (origin.from === 'default') return 'default';
  if (origin.from === 'env') return `env ${origin.name}`;
  return origin.line === undefined ? origin.file : `${origin.file}:${origin.line}`;
}

function layoutTree({ clients, channels, profileId, bindings, content, renderContext }: Layout): Tree[] {
  return [
    ...clients.map(({ name, isGateway, metadata }) => ({
      text: `client ${JSON.stringify(name)}${isGateway ? ' (the gateway: carries external_id)' : ''}`,
      below: metadataTree(metadata),
    })),
    ...channels.map(({ name, type, metadata }) => ({
      text: `channel ${JSON.stringify(name)}${type ? ` (${type})` : ''}`,
      below: metadataTree(metadata),
    })),
    ...(profileId === undefined ? [] : [{ text: `profile ${profileId}` }]),
    ...bindings.map(({ slot, type, target }) => ({
      text: `slot ${JSON.stringify(slot)} <- ${type} ${JSON.stringify((type === 'client' ? clients : channels)[target]!.name)}`,
    })),
    ...templateTree('content', content),
    ...templateTree('render context', renderContext),
  ];
}

function metadataTree(metadata: JsonObject): Tree[] {
  const keys = Object.keys(metadata);
  return keys.length === 0 ? [] : [{ text: `metadata: ${keys.join(', ')}` }];
}

function templateTree(title: string, template: ContentTemplate | undefined): Tree[] {
  if (template === undefined) return [];
  return [
    {
      text: `${title}: ${Object.keys(template.source).join(', ') || '(empty)'}`,
      below: Object.entries(referencesByPlace(template)).map(([place, references]) => ({
        text: `${place} <- ${references.join(' ')}`,
      })),
    },
  ];
}

/** Literal text is left out: it may hold passwords. */
function referencesByPlace({ texts }: ContentTemplate): Record<string, string[]> {
  const places = texts.map(({ path, pieces }): [string, string[]] => [
    pathText(path),
    pieces.flatMap((piece) => (typeof piece === 'string' ? [] : `\${${piece.text}}`)),
  ]);
  return Object.fromEntries(places.filter(([, references]) => references.length > 0));
}

function layoutJson({
  clients,
  channels,
  gateway,
  profileId,
  bindings,
  content,
  renderContext,
}: Layout): JsonObject {
  const template = (one: ContentTemplate | undefined) =>
    one === undefined ? null : { keys: Object.keys(one.source), references: referencesByPlace(one) };
  return {
    clients: clients.map(({ name, isGateway, metadata }) => ({
      name,
      isGateway,
      metadataKeys: Object.keys(metadata),
    })),
    channels: channels.map(({ name, type, metadata }) => ({
      name,
      type: type ?? null,
      metadataKeys: Object.keys(metadata),
    })),
    gateway,
    profileId: profileId ?? null,
    bindings: bindings.map((binding) => ({ ...binding })),
    content: template(content),
    renderContext: template(renderContext),
  };
}

const problemJson = (problem: Problem): JsonObject =>
  Object.fromEntries(Object.entries(problem).filter(([, value]) => value !== undefined)) as Record<
    string,
    JsonValue
  >;
