import { type Problem, isProvisionError, readText } from '@org/domain';
import { type Environment, isOwn, isSet } from './environment.js';
import type { ReadFile } from './pem-files.js';
import { SETTINGS, type Setting } from './table/settings.js';

const ENDING = '_FILE';

/** The variables whose value may stand in a file that `<variable>_FILE` names, as containers and systemd hand secrets over. */
const SECRETS = Object.values<Setting>(SETTINGS).flatMap(({ env, kind }) =>
  kind.secret ? env.filter(isOwn) : [],
);

/** The environment with the secrets that its `…_FILE` variables name, and what is wrong with those. */
export function readSecretFiles(
  env: Environment,
  readFile: ReadFile,
): { readonly env: Environment; readonly problems: readonly Problem[] } {
  const read: Record<string, string | undefined> = { ...env };
  const problems: Problem[] = [];
  for (const name of SECRETS) {
    const key = `${name}${ENDING}`;
    const path = env[key]?.trim();
    delete read[key];
    if (!path) continue;
    const said = isSet(env[name]) ? bothSaid(name) : contentOf(path, readFile);
    if (typeof said === 'string') read[name] = said;
    else problems.push({ key, ...said });
  }
  return { env: read, problems };
}

const bothSaid = (name: string) => ({
  message: `${name} is set too`,
  found: 'two values for one setting',
  wanted: 'one of them',
});

/** Nothing of what is in the file is ever shown. */
function contentOf(path: string, readFile: ReadFile): string | Omit<Problem, 'key'> {
  const message = `the file ${path} cannot be used`;
  const wanted = 'a text file that this process may read, with the value alone in it';
  try {
    const raw = readFile(path);
    if (raw === undefined) return { message, found: 'no such file', wanted };
    const text = readText(raw);
    return isSet(text) ? text : { message, found: 'an empty file', wanted };
  } catch (error) {
    const found = isProvisionError(error) ? error.message : (error as NodeJS.ErrnoException).code;
    return { message, found: found ?? 'something unreadable', wanted };
  }
}
