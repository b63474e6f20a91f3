import { type Clock, ProvisionError, isProvisionError } from '@org/domain';
import type { Config } from '@org/layout-config';
import type { Authority, IssuingAuthority, TrustAnchors } from '@org/pki';
import {
  AuthorityFolder,
  type AuthorityStore,
  DatabaseAuthority,
  RecordedFolder,
  type Store,
  createAuthority,
  currentAuthority,
  existingAnchors,
  previousAuthorities,
} from '@org/store';
import type { Logger } from '../observability/logger.js';

/** Where the configuration says that the installation's authority is kept. */
export const authorityStoreOf = (
  { authority: { store, path, passphrase } }: Config,
  { authority: record }: Pick<Store, 'authority'>,
): AuthorityStore =>
  store === 'database'
    ? new DatabaseAuthority(record)
    : new RecordedFolder(new AuthorityFolder(path, passphrase), record);

interface ConfiguredAuthority {
  readonly anchors: TrustAnchors;
  readonly authority: IssuingAuthority;
  /** Those before it, which answer for what they issued. */
  readonly previous: readonly Authority[];
}

interface ConfiguredAuthorityOptions {
  readonly config: Config;
  readonly store: Pick<Store, 'authority'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads the authority of the installation, or makes it at first start.
 *
 * @throws ProvisionError, whose message names the setting: mostly invalid, for an authority that is not the
 * installation's, keys that others can read, wrong passphrases, expired or broken authorities, and what is no folder
 */
export async function openConfiguredAuthority(
  options: ConfiguredAuthorityOptions,
): Promise<ConfiguredAuthority> {
  const { clock, config } = options;
  const kept = authorityStoreOf(config, options.store);
  try {
    if (!(await kept.confirmed())) await makeAuthority(kept, options);
    return {
      anchors: await existingAnchors(kept),
      authority: await currentAuthority(kept, clock.now()),
      previous: await previousAuthorities(kept, clock.now()),
    };
  } catch (error) {
    throw isProvisionError(error) && error.kind === 'invalid' ? namingSetting(error, config) : error;
  }
}

/** Said where such an authority is created or looked at: one that is in use is not replaced in a hurry. */
export const ED25519_WARNING =
  "its keys are Ed25519, which some clients cannot verify (Go's OCSP package, mbedTLS); P-256 works with all of them";

async function makeAuthority(
  kept: AuthorityStore,
  { config: { authority }, clock, logger }: ConfiguredAuthorityOptions,
): Promise<void> {
  const { organization, algorithm } = authority;
  try {
    await createAuthority(kept, { organization, algorithm, now: clock.now() });
    logger.warn(
      { place: kept.place },
      'created a new certificate authority; keep a copy of it in a safe place',
    );
    if (algorithm === 'Ed25519')
      logger.warn({ algorithm }, `the new certificate authority: ${ED25519_WARNING}`);
  } catch (error) {
    // A replica that started at the same time was faster: its authority is the one.
    if (!isProvisionError(error) || error.code !== 'authority_exists') throw error;
  }
}

function namingSetting(
  { kind, code, message, cause }: ProvisionError,
  { authority }: Config,
): ProvisionError {
  const { store, path } = authority;
  const passphrase = PASSPHRASE[code];
  const place = store === 'database' ? 'MG_PROVISION_AUTHORITY_STORE' : 'MG_PROVISION_AUTHORITY_PATH';
  const named = store === 'database' ? 'the database' : path;
  const text = passphrase
    ? `MG_PROVISION_AUTHORITY_PASSPHRASE ${passphrase}: set the one that the keys in ${path} were made with`
    : `${place} ${message.startsWith(named) ? message : `${named}: ${message}`}`;
  return new ProvisionError({ kind, code, message: text, cause });
}

const PASSPHRASE: Readonly<Record<string, string>> = {
  key_passphrase_required: 'is not set, and a key is encrypted',
  key_passphrase_wrong: 'does not open a key',
};
