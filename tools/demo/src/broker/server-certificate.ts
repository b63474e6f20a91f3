import { readFileSync } from 'node:fs';
import { type ServerCertificate, createLogger, openServer, readConfiguration } from '@org/server';
import { check } from '@org/harness';

/**
 * A certificate from the built-in authority for another server than the apps.
 *
 * @param env the apps' settings: on their state, this is a third process beside them
 */
export async function issueServerCertificate(
  env: Readonly<Record<string, string>>,
  names: readonly string[],
): Promise<ServerCertificate> {
  const loaded = readConfiguration({ env, readFile: (path) => readFileSync(path, 'utf8') });
  check(loaded.ok, 'the settings of the apps cannot be read here');
  const { authority, close } = await openServer({ config: loaded.config, logger: createLogger('silent') });
  try {
    return await authority!.serverCertificate({ names });
  } finally {
    await close();
  }
}
