import type { Report } from '@org/domain';
import type { Environment } from '../settings/environment.js';
import type { TomlDocument } from '../text/toml-document.js';
import { type ConfigFile, readToml } from '../text/toml.js';
import { modernise } from './obsolete.js';
import { checkShape } from './shape.js';
import { warnOfUnknownKeys } from './unknown-keys.js';

/** A file's text to a document of today's shape. Variables of `env` win over what stands under an obsolete key. */
export function readDocument(file: ConfigFile | undefined, env: Environment, report: Report): TomlDocument {
  const document = modernise(readToml(file, report), env, report);
  checkShape(document, report);
  warnOfUnknownKeys(document, report);
  return document;
}
