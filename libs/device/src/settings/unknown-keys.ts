import { type JsonValue, type Report, nearest } from '@org/domain';
import { type SettingsDocument, childrenOf } from './document.js';
import { SETTINGS, type Setting, WITHOUT_EFFECT } from './table.js';

const KEYS = new Set(Object.values<Setting>(SETTINGS).flatMap(({ keys }) => [...keys]));
const KNOWN = [...KEYS, ...WITHOUT_EFFECT];

/** Warns of keys that no one will read, and reports values where a section should be. */
export function checkKeys(document: SettingsDocument, report: Report): void {
  walk(document.value, '', document, report);
}

function walk(value: JsonValue, prefix: string, document: SettingsDocument, report: Report): void {
  const here = KNOWN.filter((key) => key.startsWith(prefix)).map(
    (key) => key.slice(prefix.length).split('.')[0]!,
  );
  for (const [name, child] of childrenOf(value)) {
    const key = `${prefix}${name}`;
    if (KEYS.has(key) || WITHOUT_EFFECT.includes(key)) continue;
    if (!here.includes(name)) {
      const meant = nearest(name, here);
      report.warn(document.subject(key), {
        message: 'this key is not known and has no effect',
        found: name,
        wanted: meant === undefined ? `one of ${[...new Set(here)].join(', ')}` : `perhaps ${prefix}${meant}`,
      });
    } else if (child !== null && (typeof child !== 'object' || Array.isArray(child))) {
      report.problem(document.subject(key), {
        message: 'this is a section',
        found: Array.isArray(child) ? 'a list' : 'a value',
        wanted: 'keys below it, indented',
      });
    } else walk(child, `${key}.`, document, report);
  }
}
