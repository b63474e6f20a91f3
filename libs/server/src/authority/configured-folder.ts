import { type Clock, ProvisionError, isProvisionError } from '@org/domain';
import type { Config } from '@org/layout-config';
import type { Authority, IssuingAuthority, TrustAnchors } from '@org/pki';
import { AuthorityFolder, createAuthority } from '@org/store';
import type { Logger } from '../observability/logger.js';

export interface AuthorityInFolder {
  readonly anchors: TrustAnchors;
  readonly authority: IssuingAuthority;
  /** Those before it, which answer for what they issued. */
  readonly previous: readonly Authority[];
}

export interface ConfiguredFolderOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads the authority of the configured folder, or makes it at first start.
 *
 * @throws ProvisionError, whose message names the setting: mostly invalid, for keys that others can read, wrong
 * passphrases, expired or broken authorities, and what is no folder
 */
export async function openConfiguredFolder(options: ConfiguredFolderOptions): Promise<AuthorityInFolder> {
  const { clock, config } = options;
  const { path, passphrase } = config.authority;
  const folder = new AuthorityFolder(path, passphrase);
  try {
    if (!folder.exists()) await makeAuthority(folder, options);
    const anchors = folder.anchors();
    return {
      anchors,
      authority: await folder.current(clock.now()),
      previous: folder.previous(clock.now()),
    };
  } catch (error) {
    throw isProvisionError(error) ? namingSetting(error, path) : error;
  }
}

async function makeAuthority(
  folder: AuthorityFolder,
  { config: { authority }, clock, logger }: ConfiguredFolderOptions,
): Promise<void> {
  const { path, organization, algorithm } = authority;
  try {
    await createAuthority(folder, { organization, algorithm, now: clock.now() });
    logger.warn({ path }, 'made a new certificate authority; keep a copy of its folder in a safe place');
  } catch (error) {
    // A replica that started at the same time was faster: its authority is the one.
    if (!isProvisionError(error) || error.code !== 'authority_exists') throw error;
  }
}

function namingSetting({ kind, code, message, cause }: ProvisionError, path: string): ProvisionError {
  const passphrase = PASSPHRASE[code];
  const text = passphrase
    ? `MG_PROVISION_AUTHORITY_PASSPHRASE ${passphrase}: set the one that the keys in ${path} were made with`
    : `MG_PROVISION_AUTHORITY_PATH ${message.startsWith(path) ? message : `${path}: ${message}`}`;
  return new ProvisionError({ kind, code, message: text, cause });
}

const PASSPHRASE: Readonly<Record<string, string>> = {
  key_passphrase_required: 'is not set, and a key is encrypted',
  key_passphrase_wrong: 'does not open a key',
};
