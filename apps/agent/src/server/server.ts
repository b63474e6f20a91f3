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
import { isProvisionError } from '@org/domain';
import type { CheckedIn, Wire } from './wire.js';

export interface ServerOptions {
  readonly settings: AgentSettings['provisioning'];
  readonly store: IdentityStore;
  /** Told once, when the server has turned out to speak the older wire only. */
  readonly onFallBack?: () => void;
}

/**
 * The provisioning server. Which wire it speaks is found out with the first call that gets through, and kept; what a
 * wire needs is loaded then.
 */
export class Server implements EnrolmentClient, Connections {
  readonly #options: ServerOptions;
  readonly #closing = new AbortController();
  #wire: Promise<Wire> | undefined;
  #chosen: Wire | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** @throws ProvisionError what the first call does, when it does not get through; aborts with `signal`'s reason */
  async wire(signal?: AbortSignal): Promise<Wire> {
    if (this.#chosen) return this.#chosen;
    this.#wire ??= this.#choose(this.#closing.signal).finally(() => (this.#wire = undefined));
    // Others may be waiting for the same choice: one who gives up does not end it.
    this.#chosen = await abortable(this.#wire, signal);
    return this.#chosen;
  }

  /** Codes made by others, on the wire that allows it; undefined also as long as nothing is known of the server. */
  get adopt(): ((code: string) => Begun) | undefined {
    return this.#chosen?.adopt?.bind(this.#chosen);
  }

  async ping(signal?: AbortSignal): Promise<{ readonly serverTime?: number }> {
    return (await this.wire(signal)).ping(signal);
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
    const { grpcUrl } = this.#options.settings;
    if (grpcUrl === undefined) return this.#http(signal);
    const { GrpcWire } = await import('./grpc-wire.js');
    const grpc = new GrpcWire({ url: grpcUrl, anchors: (until) => this.#anchors(grpcUrl, until) });
    try {
      await grpc.ping(signal);
      return grpc;
    } catch (error) {
      await grpc.close();
      // Only a server that says so itself: one that cannot be reached may have begun an enrolment already.
      if (!isProvisionError(error) || error.code !== 'grpc_unimplemented') throw error;
      this.#options.onFallBack?.();
      return this.#http(signal);
    }
  }

  async #http(signal: AbortSignal | undefined): Promise<Wire> {
    const { serverUrl, certSignUrl } = this.#options.settings;
    const { createHttpWire } = await import('./http-wire.js');
    return createHttpWire({ serverUrl, certSignUrl, anchors: await this.#anchors(serverUrl, signal) });
  }

  async #anchors(url: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { serverCaPath, rootFingerprint } = this.#options.settings;
    const { serverAnchors } = await import('./server-anchors.js');
    return (await serverAnchors(url, { store: this.#options.store, serverCaPath, rootFingerprint }, signal))
      .pem;
  }
}

function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
