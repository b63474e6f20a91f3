import { ProvisionError } from '@org/domain';

/** A migration that a database has had. */
interface Applied {
  readonly name: string;
  /** The earliest schema version whose apps it works with; empty for all. */
  readonly oldestApp: string;
}

/**
 * What is missing of an app's own migrations.
 *
 * @param own all names that the app knows, in order
 * @throws ProvisionError invalid `schema_too_new`, `schema_unknown`
 */
export function missing(own: readonly string[], applied: readonly Applied[]): readonly string[] {
  const present = new Set(applied.map(({ name }) => name));
  const wanted = own.filter((name) => !present.has(name));
  const later = applied.filter(({ name }) => !own.includes(name));
  if (later.length === 0) return wanted;
  const version = own.at(-1)!;
  if (wanted.length > 0 || later.some(({ name }) => name < version)) throw unknown(version, later);
  const oldestApp = later.map((each) => each.oldestApp).reduce((a, b) => (a > b ? a : b));
  if (oldestApp > version) throw tooNew(version, oldestApp);
  return [];
}

/** The latest of the migrations that the app does not know. */
const newest = (names: readonly string[]): string => names.reduce((a, b) => (a > b ? a : b));

const tooNew = (version: string, oldestApp: string): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'schema_too_new',
    message: `the database was upgraded by a newer version of Provision, and works with schema version ${oldestApp} or later; this app has ${version}. Start the newer version, or restore a backup from before the upgrade`,
  });

const unknown = (version: string, later: readonly Applied[]): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'schema_unknown',
    message: `the database was set up by a version of Provision that this app (schema version ${version}) does not descend from: it has ${newest(later.map(({ name }) => name))}. Use the version that set it up, or a database of its own`,
  });
