import type { JsonObject, Report } from '@org/domain';
import type { TomlDocument } from './document.js';
import { type Path, pathText } from '../layout/path.js';
import { type Environment, isSet } from '../settings/resolve.js';
import { SETTINGS, type Setting } from '../settings/table/settings.js';

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
 * Brings a document of an earlier shape into today's: obsolete keys count as what they are called today, unless that is
 * given too, in the file or by a variable of `env`. The original ignores these keys, so they must not change what its
 * variables say. Every use is told with what to write instead.
 */
export function modernise(document: TomlDocument, env: Environment, report: Report): void {
  for (const [old, now] of RENAMED) {
    const variable = setVariable(now, env);
    if (variable === undefined) moveSetting(document, old.split('.'), now.split('.'), report);
    else yieldTo(variable, { document, old: old.split('.'), now, report });
  }
  dropEmptyContent(document, report);
  moveEntryMetadata(document, 'client', 'clients', report);
  moveEntryMetadata(document, 'channel', 'channels', report);
}

/** The variable that says what a key of today would, if one is set. */
function setVariable(key: string, env: Environment): string | undefined {
  const setting = Object.values<Setting>(SETTINGS).find((each) => each.key === key);
  return setting?.env.find((name) => isSet(env[name]));
}

function yieldTo(
  variable: string,
  { document, old, now, report }: { document: TomlDocument; old: Path; now: string; report: Report },
): void {
  if (document.get(old) === undefined) return;
  report.warn(document.subject(old), {
    message: `the key is obsolete and has no effect here: ${variable} is set`,
    found: pathText(old),
    wanted: `no such line; or ${now}, which wins over ${variable}`,
  });
  document.remove(old);
}

function moveSetting(document: TomlDocument, old: Path, now: Path, report: Report): void {
  if (document.get(old) === undefined) return;
  const used =
    document.said(now) === undefined && document.said(old) !== undefined && makeTables(document, now);
  report.warn(document.subject(old), {
    message: `the key is obsolete${used ? '' : ' and has no effect here'}`,
    found: pathText(old),
    wanted: pathText(now),
  });
  if (used) document.move(old, now);
  else document.remove(old);
}

/** False where something else than a table is in the way; that is reported elsewhere. */
function makeTables(document: TomlDocument, path: Path): boolean {
  for (let length = 1; length < path.length; length++) {
    const table = path.slice(0, length);
    if (document.get(table) === undefined) {
      (document.get(table.slice(0, -1)) as JsonObject)[table.at(-1)!] = {};
    }
    const value = document.get(table);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  }
  return true;
}

function dropEmptyContent(document: TomlDocument, report: Report): void {
  const path = ['bootstrap', 'content'];
  if (document.get(path) !== '') return;
  report.warn(document.subject(path), {
    message: 'an empty text says nothing about content',
    found: '""',
    wanted: 'no such line, or a table [bootstrap.content]',
  });
  document.remove(path);
}

/** `[client.metadata]` after a `[[clients]]` was meant to belong to it, and does so here. */
function moveEntryMetadata(document: TomlDocument, singular: string, plural: string, report: Report): void {
  const from = [singular, 'metadata'];
  if (document.get(from) === undefined) return;
  const index = entryBefore(document, from, plural);
  const used = index !== undefined && document.get([plural, index, 'metadata']) === undefined;
  report.warn(document.subject(from), {
    message: used ? `taken as the metadata of ${plural}[${index}]` : 'has no effect',
    found: `[${singular}.metadata]`,
    wanted: `[${plural}.metadata] below a [[${plural}]]`,
  });
  if (used) document.move(from, [plural, index, 'metadata']);
  else document.remove(from);
  if (Object.keys(document.get([singular]) as JsonObject).length === 0) document.remove([singular]);
}

/** The last entry of a list of tables that stands above a key in the file. */
function entryBefore(document: TomlDocument, key: Path, list: string): number | undefined {
  const entries = document.get([list]);
  if (!Array.isArray(entries)) return undefined;
  const line = document.line(key) ?? Infinity;
  const index = entries.findLastIndex((_, at) => (document.line([list, at]) ?? 0) < line);
  const entry = entries[index];
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? index : undefined;
}
