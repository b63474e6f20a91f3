import { ProvisionError } from '@org/domain';
import { SETTINGS, type Setting } from './table.js';

/** Comments and keys of one section. */
interface Section {
  readonly entries: { readonly name: string; readonly setting: Setting; readonly said?: string }[];
  readonly sections: Map<string, Section>;
}

const HEAD = `# Settings of the agent. Every key may be left out; its default is then used.
# A line that is commented out shows a default, or an example where there is none.
`;

const DEFAULT_DATA = String(SETTINGS.data.default);

/** What a new settings file says beside defaults; as someone would write it. */
interface FirstSettings {
  /** `provisioning.grpc_url` */
  readonly grpcUrl?: string;
  /** `provisioning.root_fingerprint` */
  readonly rootFingerprint?: string;
}

/**
 * The settings file that `init` writes: commented, and without first settings the same as no file at all.
 *
 * @throws ProvisionError `invalid` (`settings_invalid`)
 */
export function defaultSettingsFile(first: FirstSettings = {}): string {
  for (const name of ['grpcUrl', 'rootFingerprint'] as const) assertFits(SETTINGS[name], first[name]);
  const root: Section = { entries: [], sections: new Map() };
  for (const [name, setting] of Object.entries<Setting>(SETTINGS))
    place(root, setting, first[name as keyof FirstSettings]);
  return `${HEAD}${render(root, '').join('\n')}\n`;
}

function assertFits({ keys, kind }: Setting, value: string | undefined): void {
  if (value === undefined || kind.read(value, '') !== undefined) return;
  throw new ProvisionError({
    kind: 'invalid',
    code: 'settings_invalid',
    message: `${keys[0]}: the value does not fit (found ${JSON.stringify(value)}; wanted ${kind.wanted})`,
  });
}

function place(root: Section, setting: Setting, said: string | undefined): void {
  const parts = setting.keys[0].split('.');
  const name = parts.pop()!;
  let section = root;
  for (const part of parts) {
    const below: Section = section.sections.get(part) ?? { entries: [], sections: new Map() };
    section.sections.set(part, below);
    section = below;
  }
  section.entries.push({ name, setting, ...(said !== undefined && { said }) });
}

function render({ entries, sections }: Section, indent: string): string[] {
  const lines = entries.flatMap(({ name, setting, said }) => [
    `${indent}# ${setting.doc}${setting.env ? ` (${setting.env})` : ''}`,
    `${indent}${setting.basic || said !== undefined ? '' : '# '}${name}: ${said === undefined ? valueOf(setting) : JSON.stringify(said)}`,
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
