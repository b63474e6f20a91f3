import { hostname } from 'node:os';
import { join } from 'node:path';
import type { RawText } from '@org/domain';
import {
  type ConfigFile,
  type LoadResult,
  type Problem,
  configFilePath,
  loadConfig,
  readSecretFiles,
} from '@org/layout-config';

/** How the app lets this library see its surroundings. */
export interface HostEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is in a file; undefined when there is none of that name. Throws when it cannot be read. */
  readFile(path: string): RawText | undefined;
  /**
   * The names of the files right inside a folder; undefined when there is none of that name. Throws when it cannot be
   * read. Needed where a folder of layouts is configured.
   */
  listFolder?(path: string): readonly string[] | undefined;
}

interface ReadOptions {
  /** False for programs that serve nothing: the PEM files for TLS are then neither read nor checked. Default true. */
  readonly pemFiles?: boolean;
}

/** Reads environment, configuration file and the files that they name, and checks them; all problems at once. */
export function readConfiguration(
  surroundings: HostEnvironment,
  { pemFiles = true }: ReadOptions = {},
): LoadResult {
  const { env, problems } = readSecretFiles(surroundings.env, surroundings.readFile);
  const { file, problem } = readNamed(surroundings);
  const loaded = loadConfig({
    env,
    ...(file && { file }),
    readFolder: (path) => readFolder(path, surroundings),
    ...(pemFiles && { readPemFile: surroundings.readFile }),
    hostName: hostname(),
  });
  const unread = problem ? [problem, ...problems] : problems;
  if (unread.length === 0) return loaded;
  const { warnings, origins } = loaded;
  return {
    ok: false,
    problems: [...unread, ...(loaded.ok ? [] : loaded.problems)],
    file: problem ? undefined : loaded.file,
    warnings,
    origins,
  };
}

/** The configuration file; one that is there and cannot be read is a problem like any other. */
function readNamed({ env, readFile }: HostEnvironment): {
  readonly file?: ConfigFile;
  readonly problem?: Problem;
} {
  const named = configFilePath(env);
  try {
    return { file: { ...named, text: readFile(named.path) } };
  } catch (error) {
    const problem = {
      key: 'MG_PROVISION_CONFIG_FILE',
      file: named.path,
      message: 'the configuration file cannot be read',
      found: (error as NodeJS.ErrnoException).code ?? 'something unreadable',
      wanted: 'a TOML file that this process may read',
    };
    return { problem };
  }
}

/** Its TOML files, by name; hidden ones are left out, as editors and orchestrators put copies there. */
function readFolder(folder: string, { readFile, listFolder }: HostEnvironment): ConfigFile[] | undefined {
  const names = listFolder?.(folder)?.filter((name) => name.endsWith('.toml') && !name.startsWith('.'));
  return names?.toSorted().flatMap((name) => {
    const path = join(folder, name);
    const text = readFile(path);
    return text === undefined ? [] : [{ path, text }];
  });
}
