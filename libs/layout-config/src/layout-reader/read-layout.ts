import { type JsonObject, type Report, isJsonObject } from '@org/domain';
import { BUILT_IN_CHANNELS, BUILT_IN_CLIENTS } from '../layout/built-in.js';
import { CHANNEL_TYPES, type ChannelType, type Layout } from '../layout/layout.js';
import { preview } from '../settings/preview.js';
import type { TomlDocument } from '../text/toml-document.js';
import { readBindings } from './bindings.js';
import type { Entry, LayoutInput } from './layout-input.js';
import { readTemplates } from './read-templates.js';

/** Longest name of a client or channel, in bytes (Magistrala wire §2.3, §3.1). */
const LONGEST_NAME = 1024;
/** What `<request name>_` takes at the very least. */
const SHORTEST_PREFIX = 2;

/** Checks the layout against itself and against what Magistrala accepts. What it returns is usable only without problems. */
export function readLayout(input: LayoutInput): Layout {
  const { document, settings, report } = input;
  const clients = entries(document, 'clients', BUILT_IN_CLIENTS);
  const channels = entries(document, 'channels', BUILT_IN_CHANNELS);
  const gateway = findGateway(clients, document, report);
  checkNames('clients', clients, { exempt: gateway, document, report });
  checkNames('channels', channels, { document, report });
  checkChannelTypes(channels, document, report);
  const layout = {
    clients: clients.map(({ name, metadata }, index) => {
      const { external_id: _, ...rest } = metadata;
      return { name, metadata: rest, isGateway: index === gateway };
    }),
    channels: channels.map(({ name, metadata }) => ({ name, metadata, type: typeOf(metadata) })),
    gateway,
    profileId: settings.profileId.resolved,
  };
  const bindings = readBindings({
    document,
    clients,
    channels,
    gateway,
    profileId: layout.profileId,
    report,
  });
  return { ...layout, ...readTemplates({ layout, ...input }), bindings };
}

/** Entries of the wrong shape were reported before and are left out. */
function entries(document: TomlDocument, list: string, builtIn: readonly JsonObject[]): Entry[] {
  const written = document.get([list]);
  return (Array.isArray(written) ? written : builtIn).flatMap((entry, index) => {
    const { name, metadata = {} } = Object(entry) as JsonObject;
    const usable = typeof name === 'string' && name !== '' && isJsonObject(metadata);
    return usable ? [{ index, name, metadata }] : [];
  });
}

const typeOf = (metadata: JsonObject): ChannelType | undefined =>
  CHANNEL_TYPES.find((type) => type === metadata['type']);

/** The index of the client that bootstraps: there must be one, and there can be one only (Magistrala wire §7.7 no. 14). */
function findGateway(clients: readonly Entry[], document: TomlDocument, report: Report): number {
  const carriers = clients.filter(({ metadata }) => Object.hasOwn(metadata, 'external_id'));
  if (carriers.length === 0) {
    report.problem(document.subject(['clients']), {
      message: 'no client carries external_id in its metadata, so none could bootstrap',
      found: `${clients.length} clients without it`,
      wanted: 'external_id = "" below [clients.metadata] of one client',
    });
  }
  for (const { index, name } of carriers.slice(1)) {
    report.problem(document.subject(['clients', index, 'metadata', 'external_id']), {
      message: 'a second client carries external_id; an external id belongs to one gateway',
      found: `external_id in ${preview(carriers[0]!.name)} and ${preview(name)}`,
      wanted: 'external_id in the metadata of one client',
    });
  }
  return Math.max(0, clients.indexOf(carriers[0]!));
}

interface NameCheck {
  /** Index of the entry whose layout name does not become part of a name in Magistrala. */
  readonly exempt?: number;
  readonly document: TomlDocument;
  readonly report: Report;
}

function checkNames(list: string, entries: readonly Entry[], { exempt, document, report }: NameCheck): void {
  const first = new Map<string, number>();
  entries.forEach(({ index, name }, at) => {
    const subject = document.subject([list, index, 'name']);
    const longest = LONGEST_NAME - (at === exempt ? 0 : SHORTEST_PREFIX);
    const bytes = Buffer.byteLength(name);
    if (bytes > longest) {
      report.problem(subject, {
        message: 'the name is too long for Magistrala',
        found: `${bytes} bytes`,
        wanted: `at most ${longest} bytes${at === exempt ? '' : ' (what is made is called <request name>_<this>)'}`,
      });
    }
    if (first.has(name)) {
      report.problem(subject, {
        message: `${list}[${first.get(name)}] has the same name`,
        found: preview(name),
        wanted: 'a name of its own',
      });
    } else first.set(name, index);
  });
}

function checkChannelTypes(channels: readonly Entry[], document: TomlDocument, report: Report): void {
  if (channels.length === 0) {
    report.problem(document.subject(['channels']), {
      message: 'there is no channel',
      found: 'an empty list',
      wanted: 'at least one [[channels]]',
    });
  }
  for (const type of CHANNEL_TYPES) {
    const ofType = channels.filter(({ metadata }) => typeOf(metadata) === type);
    const last = ofType.at(-1);
    if (last === undefined) continue;
    if (ofType.length > 1) {
      report.warn(document.subject(['channels', last.index, 'metadata', 'type']), {
        message: `several channels have the type ${type}; the last one counts as the gateway's`,
        found: ofType.map(({ name }) => preview(name)).join(', '),
        wanted: `one channel of type ${type}`,
      });
    }
    const namesake = channels.find(({ name }) => name === type);
    if (namesake && namesake !== last) {
      report.warn(document.subject(['channels', namesake.index, 'name']), {
        message: `references to channels.${type} mean the channel of that type, ${preview(last.name)}`,
        found: `a channel of another type called "${type}"`,
        wanted: 'a name that is no type',
      });
    }
  }
}
