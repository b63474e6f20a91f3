import { basename } from 'node:path';
import type { Report } from '@org/domain';
import { readDocument } from '../document/read-document.js';
import { deepFreeze } from '../freeze.js';
import type { Layout } from '../layout/layout.js';
import { preview } from '../settings/preview.js';
import { LAYOUT_SETTINGS, type Settings, resolveLayoutSettings } from '../settings/resolve.js';
import { SETTINGS, type Setting, settingPath } from '../settings/table/settings.js';
import type { TomlDocument } from '../text/toml-document.js';
import type { ConfigFile } from '../text/toml.js';
import { readLayout } from './read-layout.js';

/** The TOML files right inside a folder; undefined when there is none of that name. Throws when it cannot be read. */
export type ReadFolder = (path: string) => readonly ConfigFile[] | undefined;

interface LayoutsInput {
  /** The main file, whose `[bootstrap.values]` all layouts share. */
  readonly main: TomlDocument;
  readonly settings: Settings;
  readonly readFolder: ReadFolder | undefined;
  readonly report: Report;
}

/** The layouts of the configured folder by the names of their files. */
export function readLayouts(input: LayoutsInput): Map<string, Layout> {
  const { settings, report } = input;
  const folder = settings.layouts.resolved;
  if (folder === undefined) return new Map();
  const layouts = new Map<string, Layout>();
  for (const file of filesIn(folder, input)) {
    const name = basename(file.path, '.toml');
    if (/^[\w-]{1,64}$/.test(name)) layouts.set(name, readFurtherLayout(file, input));
    else
      report.problem(
        { key: '(file name)', file: file.path },
        {
          message: 'the name of a layout is the name of its file',
          found: preview(name),
          wanted: '1 to 64 letters, digits, _ or - before .toml',
        },
      );
  }
  return layouts;
}

function filesIn(folder: string, { settings, readFolder, report }: LayoutsInput): readonly ConfigFile[] {
  const refuse = (message: string, found: string) => {
    report.problem(settings.layouts.subject, {
      message,
      found,
      wanted: 'a folder with layouts, NAME.toml each',
    });
    return [];
  };
  try {
    return readFolder?.(folder) ?? refuse('there is no such folder', preview(folder));
  } catch (error) {
    return refuse('the folder cannot be read', (error as NodeJS.ErrnoException).code ?? preview(folder));
  }
}

function readFurtherLayout(file: ConfigFile, { main, settings, report }: LayoutsInput): Layout {
  // What a layout says for itself, no variable says.
  const document = readDocument(file, {}, report);
  warnOfSettings(document, report);
  const own = resolveLayoutSettings(settings, document, report);
  return deepFreeze(readLayout({ document, settings: own, report, shared: main }));
}

/** A whole configuration that was copied into the folder is welcome, but only its layout counts. */
function warnOfSettings(document: TomlDocument, report: Report): void {
  const others = Object.entries<Setting>(SETTINGS).filter(([name]) => !LAYOUT_SETTINGS.includes(name));
  for (const [, setting] of others) {
    const path = settingPath(setting);
    if (document.said(path) === undefined) continue;
    report.warn(document.subject(path), {
      message: 'it has no effect in a further layout',
      found: setting.key,
      wanted: `${setting.key} in the main configuration`,
    });
  }
}
