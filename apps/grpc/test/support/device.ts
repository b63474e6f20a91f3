import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import { type Client, type ServiceError, credentials as grpcCredentials, status } from '@grpc/grpc-js';
import { Secret } from '@org/domain';
import type { EnrolmentView, Operator } from '@org/enrolment';
import { createCsr, keySigner } from '@org/x509';
import { ErrorInfo, RetryInfo, RpcStatus, enrolmentV1, provisioning } from '@org/proto';
import type { RunningApp } from './app.js';

export const ANN: Operator = {
  id: 'ann',
  known: true,
  token: undefined,
  assertMayRemove: async () => undefined,
};

export const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
export const csrOf = (key: KeyObject, commonName?: string): Promise<Buffer> =>
  createCsr(keySigner(key), { subject: commonName === undefined ? {} : { commonName } });

export interface Identity {
  readonly key: KeyObject | string;
  /** PEM, with or without its chain. */
  readonly certificate: string;
}

export interface Clients {
  readonly enrolment: enrolmentV1.EnrolmentServiceClient;
  readonly provisioning: provisioning.ProvisioningServiceClient;
  close(): void;
}

/** What a device uses: it trusts the authority's root only, and shows a certificate where it has one. */
export function connect(
  { address, root }: Pick<RunningApp, 'address' | 'root'>,
  identity?: Identity,
): Clients {
  const pem = (key: KeyObject | string) =>
    typeof key === 'string' ? key : key.export({ type: 'pkcs8', format: 'pem' });
  const credentials = identity
    ? grpcCredentials.createSsl(
        Buffer.from(root),
        Buffer.from(pem(identity.key)),
        Buffer.from(identity.certificate),
      )
    : grpcCredentials.createSsl(Buffer.from(root));
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const enrolment = new enrolmentV1.EnrolmentServiceClient(address, credentials, options);
  const screen = new provisioning.ProvisioningServiceClient(address, credentials, options);
  return { enrolment, provisioning: screen, close: () => [enrolment, screen].forEach((it) => it.close()) };
}

/** One unary call. */
export const ask = <T>(
  call: (done: (error: ServiceError | null, answer: T) => void) => unknown,
): Promise<T> =>
  new Promise((resolve, reject) => {
    call((error, answer) => (error ? reject(error) : resolve(answer)));
  });

export interface Refusal {
  readonly status: string;
  readonly text: string;
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  readonly field: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

/** What a call that has to fail says. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    () => Promise.reject(new Error('not refused')),
    (each: ServiceError) => each,
  );
  return refusalOf(error);
}

export function refusalOf(error: ServiceError): Refusal {
  if (typeof error.code !== 'number') throw error;
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const { details } = bytes ? RpcStatus.decode(bytes as Buffer) : { details: [] };
  const find = (type: string) =>
    details.find(({ typeUrl }) => typeUrl === `type.googleapis.com/google.rpc.${type}`)?.value;
  const [info, retry] = [find('ErrorInfo'), find('RetryInfo')];
  const { reason, domain, metadata } = info ? ErrorInfo.decode(info) : {};
  return {
    status: status[error.code],
    text: error.details,
    reason,
    domain,
    field: metadata?.['field'],
    retryAfter: retry && Number(RetryInfo.decode(retry).retryDelay!.seconds),
  };
}

export interface Begun {
  readonly key: KeyObject;
  readonly begun: enrolmentV1.BeginResponse;
}

export async function begin({ enrolment }: Clients, key = newKey()): Promise<Begun> {
  const device = { model: 'Gate 2', serial: 'A-17', hostname: 'gate', address: '' };
  const csr = await csrOf(key);
  return { key, begun: await ask((done) => enrolment.begin({ csr, device }, done)) };
}

/** As an operator does it: types the code in, and approves. */
export async function approve({ server }: Pick<RunningApp, 'server'>, code: string): Promise<EnrolmentView> {
  const enrolments = server.enrolments!;
  const { id } = await enrolments.lookUp({ code: new Secret(code), operator: ANN, address: '198.51.100.1' });
  return enrolments.approve({ id, domainId: 'plant', operator: ANN, request: { name: 'press-7' } });
}

/** Begins, is approved, redeems. */
export async function enrol(app: RunningApp, clients: Clients): Promise<Identity & { machineId: string }> {
  const { key, begun } = await begin(clients);
  await approve(app, begun.code);
  const csr = await csrOf(key);
  const { pollingSecret } = begun;
  const { credentials } = await ask<enrolmentV1.RedeemResponse>((done) =>
    clients.enrolment.redeem({ pollingSecret, csr }, done),
  );
  return { key, certificate: credentials!.certificate, machineId: credentials!.machineId };
}

/** Closes what a test opens. */
export class Opened {
  readonly #all: (Pick<Client, 'close'> | Clients)[] = [];

  connect(...args: Parameters<typeof connect>): Clients {
    const clients = connect(...args);
    this.#all.push(clients);
    return clients;
  }

  close(): void {
    for (const each of this.#all.splice(0)) each.close();
  }
}
