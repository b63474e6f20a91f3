import type { AgentSettings } from '@org/device/settings';
import type { Warning } from '@org/domain';
import type { Device } from '../device/device.js';

/** - `warn`: works, or may work, but is not as it should be.
 *  - `fail`: keeps the agent from working. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
  /** The server has revoked the certificate. */
  readonly revoked?: true;
}

export interface Patient {
  readonly settings: AgentSettings;
  readonly settingsPath: string;
  readonly warnings: readonly Warning[];
  readonly device: Device;
}

/** The check that says why the server could not be asked, where another one has looked at it before. */
export const SAID_BY: Readonly<Record<string, string>> = {
  proxy_refused: 'proxy',
  proxy_unreachable: 'proxy',
  root_not_shown: 'tls',
  server_not_trusted: 'tls',
  server_unreachable: 'tls',
};

export type Check = (patient: Patient) => Promise<readonly Finding[]>;

export const UNREACHABLE_ADVICE =
  'See whether the address in the settings is right, the server runs, and nothing on the way blocks the port.';

/** Where enrolment and renewal happen. */
export const serverUrl = ({ provisioning }: AgentSettings): string =>
  provisioning.grpcUrl ?? provisioning.serverUrl;
