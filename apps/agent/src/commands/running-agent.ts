import { Client, Metadata, type ServiceError, credentials } from '@grpc/grpc-js';
import type { AgentSettings } from '@org/device/settings';
import { ProvisionError } from '@org/domain';
import { provisioning } from '@org/proto';

const { deprovision } = provisioning.ProvisioningServiceService;
const TIMEOUT_MS = 15_000;

/**
 * Has the agent that runs on this device give its identity up, through its service for local programs.
 *
 * @throws ProvisionError `unavailable` (`running_agent_failed`)
 */
export async function deprovisionRunning({
  listen,
  token,
}: NonNullable<AgentSettings['local']>): Promise<void> {
  const target = 'socket' in listen ? `unix:${listen.socket}` : `${hostOf(listen.host)}:${listen.port}`;
  const client = new Client(target, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
  const metadata = new Metadata();
  if (token) metadata.set('authorization', `Bearer ${token.reveal()}`);
  try {
    await new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest(
        deprovision.path,
        deprovision.requestSerialize,
        deprovision.responseDeserialize,
        {},
        metadata,
        { deadline: Date.now() + TIMEOUT_MS },
        (error: ServiceError | null) => (error ? reject(failure(error)) : resolve()),
      );
    });
  } finally {
    client.close();
  }
}

/** It listens there for everybody; this program is on the same device. */
const hostOf = (host: string): string =>
  host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;

const failure = (cause: ServiceError): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'running_agent_failed',
    message: `The agent that runs could not do it: ${cause.details}`,
    cause,
  });
