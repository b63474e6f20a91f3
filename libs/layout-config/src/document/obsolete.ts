import { type JsonObject, type Report, isJsonObject } from '@org/domain';
import { type Path, pathText } from '../layout/path.js';
import { type Environment, isSet } from '../settings/environment.js';
import { SETTINGS, type Setting } from '../settings/table/settings.js';
import type { TomlDocument } from '../text/toml-document.js';

/** Keys of earlier releases, which the original's own sample file still shows, and what they are called today. */
const RENAMED: ReadonlyArray<readonly [old: string, now: string]> = [
  ['server.LogLevel', 'server.log_level'],
  ['server.http_port', 'server.port'],
  ['server.clients_location', 'server.clients_url'],
  ['server.channels_location', 'server.channels_url'],
  ['server.users_location', 'server.users_url'],
  ['server.certs_location', 'server.certs_url'],
  ['server.mg_certs_url', 'server.certs_url'],
  ['server.mg_user', 'server.mg_username'],
  ['server.mqtt_url', 'bootstrap.values.mqtt_url'],
];

/**
 * The document in today's shape: obsolete keys count as what they are called today, unless that is given too, in the file or
 * by a variable of `env`. The original ignores these keys, so they must not change what its variables say. Every use is told
 * with what to write instead.
 */
export function modernise(document: TomlDocument, env: Environment, report: Report): TomlDocument {
  const renamed = RENAMED.reduce((current, [old, now]) => {
    const names = { old: old.split('.'), now: now.split('.'), variable: setVariable(now, env) };
    return current.get(names.old) === undefined ? current : rename(current, names, report);
  }, document);
  const steps = [dropEmptyContent, moveMetadata('client', 'clients'), moveMetadata('channel', 'channels')];
  return steps.reduce((current, step) => step(current, report), renamed);
}

interface Names {
  readonly old: Path;
  readonly now: Path;
  /** The one that says the same, if it is set. */
  readonly variable: string | undefined;
}

/** The variable that says what a key of today would, if one is set. */
function setVariable(key: string, env: Environment): string | undefined {
  const setting = Object.values<Setting>(SETTINGS).find((each) => each.key === key);
  return setting?.env.find((name) => isSet(env[name]));
}

function rename(document: TomlDocument, { old, now, variable }: Names, report: Report): TomlDocument {
  if (variable !== undefined) {
    report.warn(document.subject(old), {
      message: `the key is obsolete and has no effect here: ${variable} is set`,
      found: pathText(old),
      wanted: `no such line; or ${pathText(now)}, which wins over ${variable}`,
    });
    return document.without(old);
  }
  const used =
    document.said(now) === undefined && document.said(old) !== undefined && hasTablesFor(document, now);
  report.warn(document.subject(old), {
    message: `the key is obsolete${used ? '' : ' and has no effect here'}`,
    found: pathText(old),
    wanted: pathText(now),
  });
  return used ? document.withMoved(old, now) : document.without(old);
}

/** False where something else than a table is in the way; that is reported elsewhere. */
const hasTablesFor = (document: TomlDocument, path: Path): boolean =>
  path.slice(0, -1).every((_, index) => {
    const value = document.get(path.slice(0, index + 1));
    return value === undefined || isJsonObject(value);
  });

function dropEmptyContent(document: TomlDocument, report: Report): TomlDocument {
  const path = ['bootstrap', 'content'];
  if (document.get(path) !== '') return document;
  report.warn(document.subject(path), {
    message: 'an empty text says nothing about content',
    found: '""',
    wanted: 'no such line, or a table [bootstrap.content]',
  });
  return document.without(path);
}

/** `[client.metadata]` after a `[[clients]]` was meant to belong to it, and does so here. */
const moveMetadata = (singular: string, plural: string) => (document: TomlDocument, report: Report) => {
  const from = [singular, 'metadata'];
  if (document.get(from) === undefined) return document;
  const index = entryBefore(document, from, plural);
  const used = index !== undefined && document.get([plural, index, 'metadata']) === undefined;
  report.warn(document.subject(from), {
    message: used ? `taken as the metadata of ${plural}[${index}]` : 'has no effect',
    found: `[${singular}.metadata]`,
    wanted: `[${plural}.metadata] below a [[${plural}]]`,
  });
  const moved = used ? document.withMoved(from, [plural, index, 'metadata']) : document.without(from);
  const isEmpty = Object.keys(moved.get([singular]) as JsonObject).length === 0;
  return isEmpty ? moved.without([singular]) : moved;
};

/** The last entry of a list of tables that stands above a key in the file. */
function entryBefore(document: TomlDocument, key: Path, list: string): number | undefined {
  const entries = document.get([list]);
  if (!Array.isArray(entries)) return undefined;
  const line = document.line(key) ?? Infinity;
  const index = entries.findLastIndex((_, at) => (document.line([list, at]) ?? 0) < line);
  return isJsonObject(entries[index]) ? index : undefined;
}
