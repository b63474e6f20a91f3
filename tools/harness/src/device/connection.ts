import { Metadata, type CallOptions, type ServiceError, credentials } from '@grpc/grpc-js';
import { enrolmentV1 } from '@org/proto';
import type { DeviceKey } from './key.js';

const { EnrolmentServiceClient, EnrolmentState } = enrolmentV1;

/** Milliseconds that a call may take, and a wait for the approval. */
const CALL_MS = 30_000;
const APPROVED_WITHIN_MS = 10 * 60_000;

export interface ConnectionOptions {
  /** host:port of the gRPC app. */
  readonly address: string;
  /** PEM; the only anchor. */
  readonly root: string;
  /** Shown in the handshake; a device has none before it is enrolled. */
  readonly identity?: { readonly key: DeviceKey; readonly credentials: enrolmentV1.Credentials };
}

type Answered<A> = (error: ServiceError | null, response: A) => void;
type Unary<Q, A> = (
  request: Q,
  metadata: Metadata,
  options: Partial<CallOptions>,
  answered: Answered<A>,
) => unknown;

/** A device's connection to the gRPC app, over TLS. Methods reject with grpc-js's `ServiceError`. */
export class DeviceConnection {
  readonly #client: enrolmentV1.EnrolmentServiceClient;

  constructor({ address, root, identity }: ConnectionOptions) {
    const chain = identity && [identity.credentials.certificate, ...identity.credentials.caBundle].join('');
    const tls = credentials.createSsl(
      Buffer.from(root),
      identity ? Buffer.from(identity.key.pem) : null,
      chain === undefined ? null : Buffer.from(chain),
    );
    // Of its own: connections with the same root would be shared between devices else.
    this.#client = new EnrolmentServiceClient(address, tls, { 'grpc.use_local_subchannel_pool': 1 });
  }

  begin(csr: Buffer, device: enrolmentV1.Device): Promise<enrolmentV1.BeginResponse> {
    return this.#call(this.#client.begin, { csr, device });
  }

  /** Waits until the device is approved. @returns its machine id @throws Error when it is refused, or too late */
  async approval(pollingSecret: string): Promise<string> {
    const deadline = Date.now() + APPROVED_WITHIN_MS;
    const stream = this.#client.await({ pollingSecret }, { deadline });
    for await (const { state, machineId } of stream as AsyncIterable<enrolmentV1.AwaitResponse>) {
      if (state === EnrolmentState.ENROLMENT_STATE_PENDING) continue;
      if (machineId !== '') return machineId;
      throw new Error(`the device was not let in: ${EnrolmentState[state]}`);
    }
    throw new Error('no one has approved the device in time');
  }

  redeem(pollingSecret: string, csr: Buffer): Promise<enrolmentV1.RedeemResponse> {
    return this.#call(this.#client.redeem, { pollingSecret, csr });
  }

  /** Proven by the identity of the connection. */
  renew(csr: Buffer): Promise<enrolmentV1.RenewResponse> {
    return this.#call(this.#client.renew, { csr, proof: undefined });
  }

  checkIn(): Promise<enrolmentV1.CheckInResponse> {
    return this.#call(this.#client.checkIn, {});
  }

  /** The cheapest call that the service has. */
  trustAnchors(): Promise<enrolmentV1.GetTrustAnchorsResponse> {
    return this.#call(this.#client.getTrustAnchors, {});
  }

  close(): void {
    this.#client.close();
  }

  #call<Q, A>(method: Unary<Q, A>, request: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + CALL_MS };
      method.call(this.#client, request, new Metadata(), options, (error, response) =>
        error ? reject(error) : resolve(response),
      );
    });
  }
}
