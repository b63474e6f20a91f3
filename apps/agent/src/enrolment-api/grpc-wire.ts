import type {
  BeginRequest,
  PendingEnrolment,
  Identity,
  Issued,
  Poll,
  RedeemRequest,
  RenewRequest,
  ServerClock,
} from '@org/device';
import { ProvisionError, type ProxySettings, Secret, isProvisionError } from '@org/domain';
import { readPem } from '@org/x509';
import { enrolmentV1, provisioning } from '@org/proto';
import {
  type CallOptions,
  type Channel,
  type Method,
  callUnary,
  callUntil,
  openChannel,
} from './grpc-channel.js';
import { issuedOf, pollOf, timeOf } from './messages.js';
import type { CheckedIn, Wire } from './wire.js';

const { EnrolmentServiceService: SERVICE, EnrolmentState } = enrolmentV1;
const { ProvisioningServiceService: MACHINE } = provisioning;

interface GrpcWireOptions {
  /** `https://host:port`, or `http://host:port` without TLS. */
  readonly url: string;
  readonly proxies?: ProxySettings;
  /** Told what time it is at the server, by every answer. */
  readonly clock?: ServerClock;
  /** PEM of the roots to verify the server by; undefined: those of the system. */
  readonly anchors: (signal?: AbortSignal) => Promise<string | undefined>;
}

/** An approval is made by then; the certificate is what is waited for. */
const REDEEM_TIMEOUT_MS = 30_000;
const AWAIT_TIMEOUT_MS = 10 * 60_000;

/** `provision.v1.EnrolmentService`. A client certificate is shown where a call is for an identity. */
export class GrpcWire implements Wire {
  readonly name = 'grpc';
  readonly #options: GrpcWireOptions;
  #open: { readonly anchors: string | undefined; readonly channel: Channel } | undefined;

  constructor(options: GrpcWireOptions) {
    this.#options = options;
  }

  async ping(signal?: AbortSignal): Promise<{ readonly serverTime?: number }> {
    const channel = await this.#channel(signal);
    const { serverTime } = await callUnary(channel, SERVICE.getTrustAnchors, {}, { signal });
    return { serverTime };
  }

  async begin({ csr, keyFingerprint, device, signal }: BeginRequest): Promise<PendingEnrolment> {
    const { model = '', serial = '', hostname = '', address = '' } = device;
    const answer = await this.#call(
      SERVICE.begin,
      { csr: Buffer.from(csr), device: { model, serial, hostname, address } },
      { signal },
    );
    if (answer.keyFingerprint !== keyFingerprint) {
      throw new ProvisionError({
        kind: 'ambiguous',
        code: 'another_key_enrolled',
        message: "The provisioning server has begun an enrolment for a key that is not this device's.",
      });
    }
    return {
      code: answer.code,
      secret: new Secret(answer.pollingSecret),
      address: answer.verificationUrl || undefined,
      lifetimeMs: answer.lifetimeSeconds * 1000,
      intervalMs: answer.intervalSeconds * 1000,
    };
  }

  async poll({ secret }: PendingEnrolment, signal?: AbortSignal): Promise<Poll> {
    // Begun on the older wire: no one here knows of it.
    if (secret === undefined) return { state: 'expired' };
    try {
      return pollOf(await this.#call(SERVICE.poll, { pollingSecret: secret.reveal() }, { signal }));
    } catch (error) {
      if (isProvisionError(error) && error.kind === 'not_found') return { state: 'expired' };
      throw error;
    }
  }

  async awaitChange({ secret }: PendingEnrolment, signal?: AbortSignal): Promise<boolean> {
    if (secret === undefined) return false;
    return callUntil(
      await this.#channel(signal),
      SERVICE.await,
      { pollingSecret: secret.reveal() },
      {
        timeoutMs: AWAIT_TIMEOUT_MS,
        signal,
        wanted: ({ state }) => state !== EnrolmentState.ENROLMENT_STATE_PENDING,
      },
    );
  }

  async redeem({ begun, csr, signal }: RedeemRequest): Promise<Issued> {
    const answer = await this.#call(
      SERVICE.redeem,
      { pollingSecret: begun.secret?.reveal() ?? '', csr: Buffer.from(csr) },
      { timeoutMs: REDEEM_TIMEOUT_MS, signal },
    );
    return issuedOf(answer.credentials, answer.bootstrap);
  }

  /**
   * With the certificate where that can be: it is still valid, and its key can be used by TLS. Between here and the
   * server there may be something that ends TLS and does not pass the certificate on: a signature then does the same.
   */
  async renew({ identity, csr, expired, signal }: RenewRequest): Promise<Issued> {
    const request = { csr: Buffer.from(csr), proof: undefined };
    const options = { timeoutMs: REDEEM_TIMEOUT_MS, signal };
    if (!expired && this.#canShow(identity)) {
      try {
        const answer = await this.#callAs(identity, SERVICE.renew, request, options);
        return issuedOf(answer.credentials);
      } catch (error) {
        if (!isProvisionError(error) || error.kind !== 'unauthenticated') throw error;
      }
    }
    const proof = await proofOf(identity, csr);
    return issuedOf((await this.#call(SERVICE.renew, { ...request, proof }, options)).credentials);
  }

  async checkIn(identity: Identity, signal?: AbortSignal): Promise<CheckedIn | undefined> {
    if (!this.#canShow(identity)) return undefined;
    let answer: enrolmentV1.CheckInResponse;
    try {
      answer = await this.#callAs(identity, SERVICE.checkIn, {}, { signal });
    } catch (error) {
      // Something on the way has kept the certificate to itself: the server says nothing against it.
      if (isProvisionError(error) && error.code === 'client_certificate_required') return undefined;
      throw error;
    }
    return { serverTime: timeOf(answer.serverTime), renewAt: timeOf(answer.renewAt) };
  }

  async deprovision(identity: Identity, signal?: AbortSignal): Promise<boolean> {
    if (!this.#canShow(identity)) return false;
    return (await this.#callAs(identity, MACHINE.deprovision, {}, { signal })).success;
  }

  async close(): Promise<void> {
    this.#open?.channel.client.close();
    this.#open = undefined;
  }

  #canShow(identity: Identity): boolean {
    return identity.key.pem !== undefined && this.#options.url.startsWith('https:');
  }

  async #call<Q, A>(method: Method<Q, A>, request: Q, options: CallOptions): Promise<A> {
    return this.#answerOf(await this.#channel(options.signal), method, request, options);
  }

  async #callAs<Q, A>(
    identity: Identity,
    method: Method<Q, A>,
    request: Q,
    options: CallOptions,
  ): Promise<A> {
    const { url, proxies } = this.#options;
    const anchors = await this.#options.anchors(options.signal);
    const channel = openChannel({ url, proxies, anchors, identity });
    try {
      return await this.#answerOf(channel, method, request, options);
    } finally {
      channel.client.close();
    }
  }

  async #answerOf<Q, A>(...call: Parameters<typeof callUnary<Q, A>>): Promise<A> {
    const { clock } = this.#options;
    return (await (clock ? clock.ask(() => callUnary(...call)) : callUnary(...call))).answer;
  }

  /** One for all calls without a certificate, until other roots are believed. */
  async #channel(signal: AbortSignal | undefined): Promise<Channel> {
    const { url, proxies } = this.#options;
    const anchors = await this.#options.anchors(signal);
    if (this.#open && this.#open.anchors !== anchors) await this.close();
    this.#open ??= { anchors, channel: openChannel({ url, proxies, anchors }) };
    return this.#open.channel;
  }
}

const CONTEXT = Buffer.from('provision.v1.Renew\0');

async function proofOf({ certificate, key }: Identity, csr: string): Promise<enrolmentV1.KeyProof> {
  const [request] = readPem(csr);
  const signature = await key.signer.sign(Buffer.concat([CONTEXT, request!.der]));
  return { certificate: certificate.der, signature };
}
