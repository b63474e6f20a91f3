import type { JsonObject, Report } from '@org/domain';
import type { Settings } from '../settings/resolve.js';
import type { TomlDocument } from '../text/toml-document.js';

/** A client or channel as the file has it. */
export interface Entry {
  /** Index in the file's list. */
  readonly index: number;
  readonly name: string;
  readonly metadata: JsonObject;
}

export interface LayoutInput {
  readonly document: TomlDocument;
  readonly settings: Settings;
  readonly report: Report;
  /** Of a further layout: the main file, whose `[bootstrap.values]` count where its own are silent. */
  readonly shared?: TomlDocument;
}
