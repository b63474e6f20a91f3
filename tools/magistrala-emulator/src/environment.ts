import type { Emulator } from './emulator.js';

/** The variables that point Provision, or Magistrala's own provision service, at the emulator. */
export function provisionEnvironment(emulator: Emulator): Record<string, string> {
  const { urls, authGrpc } = emulator;
  return {
    MG_PROVISION_USERS_URL: urls.users,
    MG_PROVISION_CLIENTS_URL: urls.clients,
    MG_PROVISION_CHANNELS_URL: urls.channels,
    MG_PROVISION_BS_SVC_URL: urls.bootstrap,
    MG_PROVISION_CERTS_URL: urls.certs,
    MG_AUTH_GRPC_URL: authGrpc,
  };
}
