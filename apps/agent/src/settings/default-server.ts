import type { AgentSettings } from '@org/device/settings';

/** What to tell an operator who has named no server; undefined when there is one. */
export function defaultServerText({ provisioning }: AgentSettings): string | undefined {
  const { grpcUrl, hasServerUrl, serverUrl } = provisioning;
  if (grpcUrl !== undefined || hasServerUrl) return undefined;
  return (
    `no server is set: the default is requested, ${serverUrl}. Set provisioning.grpc_url in the settings or ` +
    'MECHA_AGENT_GRPC_URL, such as https://provision.example:9017; "provision-agent init --server" writes a new file'
  );
}
