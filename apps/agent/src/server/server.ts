import type {
  BeginRequest,
  Begun,
  Connections,
  EnrolmentClient,
  Identity,
  IdentityStore,
  Issued,
  Poll,
  RedeemRequest,
  RenewRequest,
} from '@org/device';
import type { AgentSettings } from '@org/device/settings';
import { ProvisionError, isProvisionError } from '@org/domain';
import type { CheckedIn, Wire } from './wire.js';

export interface ServerOptions {
  readonly settings: AgentSettings['provisioning'];
  readonly store: IdentityStore;
  /** Told when the server has turned out to speak the older wire only. */
  readonly onFallBack?: () => void;
}

/**
 * The provisioning server. Which wire it speaks is found out with the first call that gets through, and kept; what a
 * wire needs is loaded then. That it speaks the older wire only is asked again with every `ping`, which comes before
 * each enrolment and renewal: proxies, too, say that there is no such service, while a server is only starting.
 */
export class Server implements EnrolmentClient, Connections {
  readonly #options: ServerOptions;
  readonly #closing = new AbortController();
  #choosing: Promise<Wire> | undefined;
  #chosen: Wire | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** @throws ProvisionError what the first call does, when it does not get through; aborts with `signal`'s reason */
  async wire(signal?: AbortSignal): Promise<Wire> {
    return this.#chosen ?? this.#choose(signal);
  }

  /** Codes made by others, on the wire that allows it; undefined also as long as nothing is known of the server. */
  get adopt(): ((code: string) => Begun) | undefined {
    return this.#chosen?.adopt?.bind(this.#chosen);
  }

  async ping(signal?: AbortSignal): Promise<{ readonly serverTime?: number }> {
    const hasFallenBack = this.#chosen?.name === 'http' && this.#options.settings.grpcUrl !== undefined;
    return (await (hasFallenBack ? this.#choose(signal) : this.wire(signal))).ping(signal);
  }

  async begin(request: BeginRequest): Promise<Begun> {
    return (await this.wire(request.signal)).begin(request);
  }

  async poll(begun: Begun, signal?: AbortSignal): Promise<Poll> {
    return (await this.wire(signal)).poll(begun, signal);
  }

  async awaitChange(begun: Begun, signal?: AbortSignal): Promise<boolean> {
    return (await (await this.wire(signal)).awaitChange?.(begun, signal)) ?? false;
  }

  async redeem(request: RedeemRequest): Promise<Issued> {
    return (await this.wire(request.signal)).redeem(request);
  }

  async renew(request: RenewRequest): Promise<Issued> {
    return (await this.wire(request.signal)).renew(request);
  }

  async checkIn(identity: Identity, signal?: AbortSignal): Promise<CheckedIn | undefined> {
    return (await this.wire(signal)).checkIn(identity, signal);
  }

  /** The candidate's certificate is shown to the server, where it can be; else the server is just reached. */
  async test(candidate: Identity, signal?: AbortSignal): Promise<void> {
    if ((await this.checkIn(candidate, signal)) === undefined) await this.ping(signal);
  }

  /** @returns false when the server could not be told because its wire has no such call */
  async deprovision(identity: Identity, signal?: AbortSignal): Promise<boolean> {
    return (await this.wire(signal)).deprovision(identity, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#chosen?.close();
  }

  async #choose(signal: AbortSignal | undefined): Promise<Wire> {
    this.#choosing ??= this.#find(this.#closing.signal).finally(() => (this.#choosing = undefined));
    // Others may be waiting for the same choice: one who gives up does not end it.
    return abortable(this.#choosing, signal);
  }

  async #find(signal: AbortSignal): Promise<Wire> {
    const { grpcUrl, hasServerUrl } = this.#options.settings;
    if (grpcUrl === undefined) return (this.#chosen = await this.#http(signal));
    const { GrpcWire } = await import('./grpc-wire.js');
    const grpc = new GrpcWire({ url: grpcUrl, anchors: (until) => this.#anchors(grpcUrl, until) });
    try {
      await grpc.ping(signal);
      // Waits for the calls that are under way on the older wire.
      void this.#chosen?.close();
      return (this.#chosen = grpc);
    } catch (error) {
      await grpc.close();
      if (this.#chosen) return this.#chosen;
      // Only a server that says so itself: one that cannot be reached may have begun an enrolment already.
      if (!isProvisionError(error) || error.code !== 'grpc_unimplemented') throw error;
      // At the default, whatever program of this device is there would be taken for the server.
      if (!hasServerUrl) throw noEnrolmentService(grpcUrl, error);
      this.#options.onFallBack?.();
      return (this.#chosen = await this.#http(signal));
    }
  }

  async #http(signal: AbortSignal): Promise<Wire> {
    const { serverUrl, certSignUrl } = this.#options.settings;
    const { openHttpWire } = await import('./http-wire.js');
    const anchors = (until?: AbortSignal): Promise<string | undefined> => this.#anchors(serverUrl, until);
    return openHttpWire({ serverUrl, certSignUrl, anchors }, signal);
  }

  async #anchors(url: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { serverCaPath, rootFingerprint } = this.#options.settings;
    const { serverAnchors } = await import('./server-anchors.js');
    return (await serverAnchors(url, { store: this.#options.store, serverCaPath, rootFingerprint }, signal))
      .pem;
  }
}

const noEnrolmentService = (url: string, cause: ProvisionError): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: cause.code,
    message:
      `The server at ${url} has no EnrolmentService (yet). Where it is one that speaks the older HTTP wire only, ` +
      'say its address in provisioning.server_url.',
    cause,
  });

function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
