import { type JsonValue, type Report, nearest } from '@org/domain';
import { type Path, pathText } from '../layout/path.js';
import { SETTINGS, type Setting, settingPath } from '../settings/table/settings.js';
import type { TomlDocument } from '../text/toml-document.js';

/** Keys that may stand in a table: `true` where anything may stand below, else what may. */
interface Known {
  readonly [key: string]: Known | true;
}

const KNOWN: Known = withSettings({
  // Where the file was found says more than what it says of itself.
  file: true,
  bootstrap: {
    content: true,
    render_context: true,
    values: true,
    bindings: { slot: true, type: true, name: true, metadata_key: true, metadata_value: true },
  },
  clients: { name: true, metadata: true },
  channels: { name: true, metadata: true },
});

function withSettings(known: Known): Known {
  const all = structuredClone(known) as { [key: string]: Known | true };
  for (const setting of Object.values<Setting>(SETTINGS)) {
    let at = all;
    const path = settingPath(setting);
    for (const [index, part] of (path as string[]).entries()) {
      if (at[part] === true) break;
      at[part] ??= index === path.length - 1 ? true : {};
      at = at[part] as { [key: string]: Known | true };
    }
  }
  return all;
}

/** Fields of Magistrala's clients and channels that the original reads and ignores (Magistrala wire §7.3). */
const IGNORED_FIELDS = [
  'id',
  'tags',
  'route',
  'credentials',
  'status',
  'parent_group_id',
  'private_metadata',
];

/** Warns of every key that nothing reads, with the name that was probably meant. */
export function warnOfUnknownKeys(document: TomlDocument, report: Report): void {
  walk(document.value, KNOWN, [], (path, siblings) => {
    const name = String(path.at(-1));
    const elsewhere = siblings.length > 0 ? settingCalled(name) : undefined;
    const near = IGNORED_FIELDS.includes(name) ? undefined : (elsewhere ?? nearest(name, siblings));
    report.warn(document.subject(path), {
      message: 'the key is not known and has no effect',
      // Never the value: it may be a password under a mistyped name.
      found: pathText(path),
      wanted: near ?? `one of ${siblings.join(', ')}`,
    });
  });
}

/** The full name of a setting that stands in another table than where it was written. */
function settingCalled(name: string): string | undefined {
  return Object.values<Setting>(SETTINGS).find((setting) => settingPath(setting).at(-1) === name)?.key;
}

function walk(
  value: JsonValue,
  known: Known | true,
  path: Path,
  tell: (path: Path, siblings: string[]) => void,
): void {
  if (known === true || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => walk(item, known, [...path, index], tell));
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (Object.hasOwn(known, key)) walk(item, known[key]!, [...path, key], tell);
    else tell([...path, key], Object.keys(known));
  }
}
