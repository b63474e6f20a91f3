import type { JsonObject, JsonValue, Report } from '@org/domain';
import type { LayoutBinding } from '../layout/layout.js';
import type { Path } from '../layout/path.js';
import { preview } from '../settings/preview.js';
import type { TomlDocument } from '../text/toml-document.js';
import type { Entry } from './layout-input.js';

interface BindingsInput {
  readonly document: TomlDocument;
  readonly clients: readonly Entry[];
  readonly channels: readonly Entry[];
  readonly gateway: number;
  readonly profileId: string | undefined;
  readonly report: Report;
}

/** A binding as written; an empty text says nothing. */
interface Selector {
  readonly slot: string;
  readonly type: 'client' | 'channel';
  readonly name?: string;
  readonly metadata_key?: string;
  readonly metadata_value?: string;
}

const PATH: Path = ['bootstrap', 'bindings'];

/** Finds what each `[[bootstrap.bindings]]` names, among the layout's names and metadata. */
export function readBindings(input: BindingsInput): LayoutBinding[] {
  const { document, report, profileId } = input;
  const written = document.get(PATH);
  if (!Array.isArray(written) || written.length === 0) return [];
  if (profileId === undefined) {
    report.problem(document.subject(PATH), {
      message: 'bindings fill the slots of a profile, and no profile is assigned',
      found: 'bindings without a profile',
      wanted: 'bootstrap.profile_id, or no bindings',
    });
  }
  const slots = new Map<string, number>();
  return written.flatMap((item, index) => {
    const selector = asSelector(item);
    if (selector === undefined) return [];
    const { slot, type } = selector;
    const taken = slots.get(slot);
    if (taken !== undefined) {
      report.problem(document.subject([...PATH, index, 'slot']), {
        message: `bootstrap.bindings[${taken}] fills the same slot`,
        found: preview(slot),
        wanted: 'one binding for each slot',
      });
    }
    slots.set(slot, index);
    const target = findTarget(selector, input, [...PATH, index]);
    return target === undefined ? [] : [{ slot, type, target }];
  });
}

/** Undefined for what was reported as badly shaped. */
function asSelector(item: JsonValue): Selector | undefined {
  const table = Object(item) as JsonObject;
  const said = Object.fromEntries(Object.entries(table).filter(([, value]) => value !== ''));
  const { slot, type } = said;
  return typeof slot === 'string' && (type === 'client' || type === 'channel')
    ? (said as unknown as Selector)
    : undefined;
}

function findTarget(selector: Selector, input: BindingsInput, path: Path): number | undefined {
  const { type, name, metadata_key: key } = selector;
  const { document, report, gateway } = input;
  const entries = type === 'client' ? input.clients : input.channels;
  if (name === undefined && key === undefined) {
    // As in the original, a client that is not named more closely is the one that bootstraps.
    if (type === 'client') return gateway;
    report.problem(document.subject(path), {
      message: 'the binding does not say which channel it means',
      found: 'neither name nor metadata_key',
      wanted: 'name, or metadata_key and metadata_value',
    });
    return undefined;
  }
  const inOrder = type === 'client' ? [gateway, ...entries.keys()] : [...entries.keys()];
  const target = inOrder.find((index) => entries[index] && matches(selector, entries[index]));
  if (target === undefined) {
    report.problem(document.subject([...path, name === undefined ? 'metadata_key' : 'name']), {
      message: `no ${type} of the layout matches`,
      found: wish(selector),
      wanted: `one of ${entries.map((entry) => preview(entry.name)).join(', ')}`,
    });
  }
  return target;
}

function matches({ name, metadata_key: key, metadata_value: value }: Selector, entry: Entry): boolean {
  if (name !== undefined && entry.name !== name) return false;
  if (key === undefined) return true;
  if (!Object.hasOwn(entry.metadata, key)) return false;
  const found = entry.metadata[key];
  return value === undefined || (typeof found !== 'object' && String(found) === value);
}

function wish({ name, metadata_key: key, metadata_value: value }: Selector): string {
  const parts = [
    name !== undefined && `name ${preview(name)}`,
    key !== undefined && `metadata ${preview(key)}${value === undefined ? '' : ` = ${preview(value)}`}`,
  ];
  return parts.filter(Boolean).join(' with ');
}
