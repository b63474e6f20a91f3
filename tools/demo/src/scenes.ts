import { type BootstrapAnswer, createBootstrapDevice } from '@org/bootstrap-client';
import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import type { CallRecord, Inventory } from '@org/magistrala-emulator';
import { type ProvisionClient, type ProvisionedGateway, isProvisionApiError } from '@org/provision-sdk';
import { isDeepStrictEqual } from 'node:util';
import { check, roundTrips } from '@org/harness';
import { type AgentSettings, readAsAgent } from './agent-content.js';
import { checkWithOpenssl } from './certificate.js';
import { connectGateway } from './broker/gateway-client.js';
import type { CertificateFacts } from './openssl.js';
import type { Stage } from './stage.js';
import { type Steps } from './steps.js';

export const GATEWAY = { name: 'press-7', externalId: '33:52:77:99:43', externalKey: '223334fw2' } as const;

interface Provisioned {
  readonly gateway: ProvisionedGateway;
  readonly calls: { readonly http: number; readonly roundTrips: number };
}

export async function provisionGateway(
  steps: Steps,
  { emulator, domain }: Stage,
  provision: ProvisionClient,
): Promise<Provisioned> {
  return steps.run(`Provisioned gateway ${GATEWAY.name} (${GATEWAY.externalId})`, async (note) => {
    emulator.clearCalls();
    const gateway = await provision.provision({ domainId: domain.id, ...GATEWAY });
    const http = emulator.calls().filter(isHttp);
    const calls = { http: http.length, roundTrips: roundTrips(http) };
    check(gateway.clients[0]?.whitelisted === true, 'the answer does not say that the gateway may bootstrap');
    note(`${calls.http} calls to Magistrala`);
    return { gateway, calls };
  });
}

const isHttp = ({ method }: Pick<CallRecord, 'method'>): boolean => method !== 'GRPC';

/** Fetches the configuration as the gateway would, in both forms. */
export async function bootstrap(steps: Steps, { emulator }: Stage): Promise<BootstrapAnswer> {
  const transport = createTransport();
  const device = createBootstrapDevice({ baseUrl: emulator.urls.bootstrap, transport });
  const credentials = { externalId: GATEWAY.externalId, externalKey: new Secret(GATEWAY.externalKey) };
  try {
    const plain = await steps.run('Fetched its configuration, as the gateway would', async (note) => {
      const answer = await device.fetch(credentials);
      note(`configuration ${answer.configId}`);
      return answer;
    });
    await steps.run('Fetched it again, encrypted', async (note) => {
      const encryptionKey = new Secret(emulator.bootstrapEncryptKey);
      const secure = await device.fetchSecure({ ...credentials, encryptionKey });
      check(
        isDeepStrictEqual(revealed(secure), revealed(plain)),
        'decrypted, it is not what was fetched plain',
      );
      note('decrypted, it is the same');
    });
    return plain;
  } finally {
    await transport.close();
  }
}

const revealed = ({ content, clientKey, ...rest }: BootstrapAnswer) => ({
  ...rest,
  content: content?.reveal(),
  clientKey: clientKey?.reveal(),
});

/** Whether today's agent could start with it: right form, and ids that exist and may be used. */
export async function checkContent(
  steps: Steps,
  { domain, emulator, mqttUrl }: Stage,
  { content }: BootstrapAnswer,
): Promise<AgentSettings> {
  return steps.run("Read its content as Magistrala's agent does", async (note) => {
    const settings = readAsAgent(content?.reveal() ?? '');
    const { clients, channels, connections } = emulator.inventory(domain.id);
    const client = clients.find(({ id }) => id === settings.username);
    const typeOf = (id: string) => channels.find((channel) => channel.id === id)?.metadata['type'];
    const may = (right: string, channelId: string) =>
      connections.some(
        (it) =>
          it.client_id === settings.username &&
          it.channel_id === channelId &&
          it.type.toLowerCase() === right,
      );
    check(settings.domain === domain.id, 'it names another domain');
    check(client?.secret === settings.password, 'its MQTT user name and password belong to no client');
    check(typeOf(settings.dataChannel) === 'data', 'its telemetry channel is not the data channel');
    check(typeOf(settings.controlChannel) === 'control', 'its command channel is not the control channel');
    check(may('publish', settings.dataChannel), 'the gateway may not publish its telemetry');
    check(may('publish', settings.controlChannel), 'the gateway may not answer commands');
    check(may('subscribe', settings.controlChannel), 'the gateway may not receive commands');
    check(settings.mqttUrl === mqttUrl, 'it does not name the MQTT address that was configured');
    note('MQTT user and password, telemetry and command channels, rights');
    return settings;
  });
}

export async function checkCertificate(
  steps: Steps,
  folder: string,
  fetched: BootstrapAnswer,
  { gateway }: Provisioned,
): Promise<CertificateFacts> {
  const { clientCert: certificate, clientKey, caCert: chain } = fetched;
  return checkWithOpenssl(steps, {
    folder,
    commonName: gateway.clients[0]!.id,
    files() {
      check(!!certificate && !!clientKey && !!chain, 'certificate, key or chain is missing');
      const same = certificate === gateway.clients[0]?.certificate?.clientCert && chain === gateway.caCert;
      check(same, 'the gateway got another certificate or chain than the operator');
      return { certificate, key: clientKey.reveal(), chain };
    },
  });
}

/** What it fetched is all that it has: a broker that knows the root alone lets it in. */
export async function connectToBroker(
  steps: Steps,
  { mqttUrl = '', username, password }: AgentSettings,
  { clientCert, clientKey, caCert }: BootstrapAnswer,
): Promise<void> {
  await steps.run('The gateway connected to the broker', async (note) => {
    const client = await connectGateway({
      ...{ url: mqttUrl, username, password },
      ...{ certificate: clientCert!, key: clientKey!.reveal(), root: caCert! },
    });
    await client.endAsync();
    note('client_cert, client_key and ca_cert, as they are');
  });
}

/** The same external id once more: refused, and nothing created. */
export async function provisionAgain(
  steps: Steps,
  { emulator, domain }: Stage,
  provision: ProvisionClient,
): Promise<{ readonly status: number; readonly code: string }> {
  return steps.run('Asked for the same gateway again', async (note) => {
    const before = emulator.inventory(domain.id);
    const refusal = await provision.provision({ domainId: domain.id, ...GATEWAY }).then(
      () => undefined,
      (error: unknown) => error,
    );
    check(refusal !== undefined, 'it was provisioned a second time');
    if (!isProvisionApiError(refusal)) throw refusal;
    check(refusal.status === 409, `refused with ${refusal.status}, not with 409: ${refusal.message}`);
    check(isDeepStrictEqual(emulator.inventory(domain.id), before), 'refused, but something was made');
    note('refused with 409; nothing was created');
    return { status: refusal.status, code: refusal.code };
  });
}

/** How many of each; profiles are none of ours. */
export const countsOf = ({ profiles: _, ...inventory }: Inventory): Record<string, number> =>
  Object.fromEntries(Object.entries(inventory).map(([what, items]) => [what, items.length]));
