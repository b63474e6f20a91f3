import { ProvisionError, isProvisionError } from '@org/domain';
import type { Config } from '@org/layout-config';
import { type Store, openStore } from '@org/store';

/**
 * Opens the state of a configuration.
 *
 * @param say told why that takes long
 * @throws ProvisionError as `openStore`, whose message names the setting
 */
export const openConfiguredStore = (
  state: Config['state'],
  say?: (message: string) => void,
): Promise<Store> => openStore({ ...state, say }).catch(namingSetting(state));

/** For `catch`: tells the operator which setting to look at. */
export const namingSetting =
  ({ url, path, key }: Config['state']) =>
  (error: unknown): never => {
    if (!isProvisionError(error)) throw error;
    const { kind, code, message, cause } = error;
    const settings: Readonly<Record<string, string>> = {
      database_unavailable: url ? 'MG_PROVISION_DATABASE_URL:' : `MG_PROVISION_STATE_PATH ${path}:`,
      state_key_wrong: key ? 'MG_PROVISION_STATE_KEY:' : `state key file ${path}.key:`,
      state_path_invalid: 'MG_PROVISION_STATE_PATH',
      state_file_exposed: 'MG_PROVISION_STATE_PATH',
      database_url_invalid: 'MG_PROVISION_DATABASE_URL:',
    };
    const setting = settings[code];
    throw setting ? new ProvisionError({ kind, code, message: `${setting} ${message}`, cause }) : error;
  };
