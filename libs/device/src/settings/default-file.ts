import { SETTINGS, type Setting } from './table.js';

/** Comments and keys of one section. */
interface Section {
  readonly entries: { readonly name: string; readonly setting: Setting }[];
  readonly sections: Map<string, Section>;
}

const HEAD = `# Settings of the agent. Every key may be left out; its default is then used.
# A line that is commented out shows a default, or an example where there is none.
`;

const DEFAULT_DATA = String(SETTINGS.data.default);

/** The settings file that `init` writes: commented, and the same as no file at all. */
export function defaultSettingsFile(): string {
  const root: Section = { entries: [], sections: new Map() };
  for (const setting of Object.values<Setting>(SETTINGS)) place(root, setting);
  return `${HEAD}${render(root, '').join('\n')}\n`;
}

function place(root: Section, setting: Setting): void {
  const parts = setting.keys[0].split('.');
  const name = parts.pop()!;
  let section = root;
  for (const part of parts) {
    const below: Section = section.sections.get(part) ?? { entries: [], sections: new Map() };
    section.sections.set(part, below);
    section = below;
  }
  section.entries.push({ name, setting });
}

function render({ entries, sections }: Section, indent: string): string[] {
  const lines = entries.flatMap(({ name, setting }) => [
    `${indent}# ${setting.doc}${setting.env ? ` (${setting.env})` : ''}`,
    `${indent}${setting.basic ? '' : '# '}${name}: ${valueOf(setting)}`,
  ]);
  for (const [name, section] of sections) {
    // A section without a key would be null to YAML.
    const mark = isActive(section) ? '' : '# ';
    if (indent === '') lines.push('');
    lines.push(`${indent}${mark}${name}:`, ...render(section, `${indent}  `));
  }
  return lines;
}

const isActive = ({ entries, sections }: Section): boolean =>
  entries.some(({ setting }) => setting.basic) || [...sections.values()].some(isActive);

function valueOf(setting: Setting): string {
  const value = setting.default ?? setting.example ?? '';
  const text = typeof value === 'string' ? value.replace('{data}', DEFAULT_DATA) : String(value);
  // Plain where that is safe: no leading sign that YAML reads as something else.
  return /^(?:~\/)?[a-z/.][\w/.:+-]*[\w/]$/i.test(text) || typeof value !== 'string'
    ? text
    : JSON.stringify(text);
}
