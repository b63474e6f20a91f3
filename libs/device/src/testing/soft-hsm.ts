import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Secret } from '@org/domain';
import { nodeFileSystem } from '../files/node-file-system.js';

const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

const PIN = 'a1-b2.c3';
const TOKEN = 'device';

type Environment = Readonly<Record<string, string | undefined>>;

/** A token of SoftHSM. */
export interface SoftHsm {
  readonly module: string;
  readonly token: string;
  readonly pin: Secret;
  /** What programs that use it have to have in their environment. */
  readonly env: { readonly SOFTHSM2_CONF: string };
  /** Descriptions of the private keys in the token, as OpenSC prints them. */
  privateKeys(): string[];
  pkcs11Tool(...args: readonly string[]): string;
}

/**
 * Makes a new one.
 *
 * @param folder for its files; an existing one
 * @param env of this process; `SOFTHSM2_MODULE` says where the library is, if at no usual place
 * @throws Error with what to install, where it is not there
 */
export async function makeSoftHsm(folder: string, env: Environment): Promise<SoftHsm> {
  const module = env['SOFTHSM2_MODULE'] ?? (await firstFile(MODULES));
  if (module === undefined) throw new Error(ABSENT);
  const tokens = join(folder, 'tokens');
  const config = join(folder, 'softhsm2.conf');
  await nodeFileSystem().makeFolder(tokens);
  await nodeFileSystem().create(
    config,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const own = { SOFTHSM2_CONF: config };
  const run = (program: string, args: readonly string[]): string =>
    runProgram(program, args, { PATH: env['PATH'], ...own });
  run('softhsm2-util', ['--init-token', '--free', '--label', TOKEN, '--pin', PIN, '--so-pin', '12345678']);
  const login = ['--module', module, '--token-label', TOKEN, '--login', '--pin', PIN];
  const pkcs11Tool = (...args: readonly string[]): string => run('pkcs11-tool', [...login, ...args]);
  return {
    ...{ module, token: TOKEN, pin: new Secret(PIN), env: own },
    privateKeys: () => pkcs11Tool('--list-objects', '--type', 'privkey').split('Private Key Object').slice(1),
    pkcs11Tool,
  };
}

const ABSENT =
  'SoftHSM and OpenSC are needed here: install softhsm2 and opensc, or say in SOFTHSM2_MODULE where the library is.';

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await nodeFileSystem().facts(path)) return path;
  return undefined;
}

function runProgram(program: string, args: readonly string[], env: Environment): string {
  try {
    return execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw isAbsent ? new Error(ABSENT, { cause }) : cause;
  }
}
