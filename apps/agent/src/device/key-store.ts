import { join } from 'node:path';
import { FileKeyStore, type FileSystem, type KeyStore, Pkcs11KeyStore } from '@org/device';
import type { AgentSettings } from '@org/device/settings';
import { type ErrorCode, ProvisionError, Secret, isProvisionError, readLine } from '@org/domain';

/**
 * Where the settings want the private key to be. A token itself is not asked for anything yet.
 *
 * @throws ProvisionError `invalid` (`pin_missing`, `pin_exposed`, `pin_unreadable`); what FileSystem does
 */
export async function openKeyStore({ paths, pkcs11 }: AgentSettings, files: FileSystem): Promise<KeyStore> {
  if (!pkcs11) return new FileKeyStore(paths.privateKey, files);
  const { module, token, pin } = pkcs11;
  return new Pkcs11KeyStore({
    ...{ module, token, files },
    pin: pin instanceof Secret ? pin : await pinIn(pin.file, files),
    notePath: join(paths.state, 'keys.json'),
    env: environment(),
  });
}

async function pinIn(path: string, files: FileSystem): Promise<Secret> {
  const facts = await files.facts(path);
  if (facts && facts.mode & 0o077) {
    throw refusal(
      'pin_exposed',
      `${path}: others can read this PIN (mode ${facts.mode.toString(8)}). chmod 600 ${path}, and change the PIN if someone may have read it.`,
    );
  }
  const pin = lineOf(path, (await files.read(path)) ?? '');
  if (pin) return new Secret(pin);
  throw refusal(
    'pin_missing',
    `${path}: this file is missing or empty; it has to hold the PIN of the token.`,
  );
}

/** A PIN that is wrong by a blank locks a token after a few attempts, so no one guesses what was meant. */
function lineOf(path: string, text: string): string {
  try {
    return readLine(text);
  } catch (error) {
    throw isProvisionError(error) ? refusal('pin_unreadable', `${path}: ${error.message}`) : error;
  }
}

const refusal = (code: ErrorCode, message: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message });

/** Libraries of tokens are told by variables where things are; the agent's own ones, with its secrets, are not theirs. */
const environment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:MECHA|MG)_AGENT_/.test(name)));
