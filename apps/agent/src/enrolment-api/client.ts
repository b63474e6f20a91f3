import {
  type BeginRequest,
  type PendingEnrolment,
  type CandidateTester,
  type EnrolmentClient,
  type Identity,
  type IdentityStore,
  type Issued,
  type Poll,
  type RedeemRequest,
  type RenewRequest,
  ServerClock,
} from '@org/device';
import type { AgentSettings } from '@org/device/settings';
import { ProvisionError, isProvisionError, systemClock } from '@org/domain';
import type { CheckedIn, Wire } from './wire.js';

interface ServerOptions {
  readonly settings: AgentSettings['provisioning'];
  readonly proxies?: AgentSettings['proxies'];
  readonly store: IdentityStore;
  /** Told when the server has turned out to speak the older wire only. */
  readonly onFallBack?: () => void;
  /** Told the server's time by its answers. Default: the system's. */
  readonly clock?: ServerClock;
}

const ASK_AGAIN_MS = 60e3;

/**
 * The provisioning server. Which wire it speaks is found out with the first call that gets through, and kept; what a
 * wire needs is loaded then. That it speaks the older wire only is asked again, once a minute at most: proxies, too, say
 * that there is no such service, while a server is only starting. An enrolment stays on the wire that it has begun on.
 */
export class EnrolmentApiClient implements EnrolmentClient, CandidateTester {
  readonly #options: ServerOptions;
  readonly #clock: ServerClock;
  readonly #closing = new AbortController();
  readonly #open = new Map<Wire['name'], Promise<Wire>>();
  #choosing: Promise<Wire> | undefined;
  #chosen: Wire | undefined;
  #askedAt = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? new ServerClock(systemClock);
  }

  /** @throws ProvisionError what the first call does, when it does not get through; aborts with `signal`'s reason */
  async wire(signal?: AbortSignal): Promise<Wire> {
    if (this.#chosen && !this.#isToBeAsked(this.#chosen)) return this.#chosen;
    this.#choosing ??= this.#choose().finally(() => (this.#choosing = undefined));
    // Others may be waiting for the same choice: one who gives up does not end it.
    return abortable(this.#choosing, signal);
  }

  /** Codes made by others, on the wire that allows it; undefined also as long as nothing is known of the server. */
  get adopt(): ((code: string) => PendingEnrolment) | undefined {
    return this.#chosen?.adopt?.bind(this.#chosen);
  }

  async ping(signal?: AbortSignal): Promise<{ readonly serverTime?: number }> {
    return (await this.wire(signal)).ping(signal);
  }

  async begin(request: BeginRequest): Promise<PendingEnrolment> {
    return (await this.wire(request.signal)).begin(request);
  }

  async poll(begun: PendingEnrolment, signal?: AbortSignal): Promise<Poll> {
    return (await this.#wireOf(begun, signal)).poll(begun, signal);
  }

  async awaitChange(begun: PendingEnrolment, signal?: AbortSignal): Promise<boolean> {
    return (await (await this.#wireOf(begun, signal)).awaitChange?.(begun, signal)) ?? false;
  }

  async redeem(request: RedeemRequest): Promise<Issued> {
    return (await this.#wireOf(request.begun, request.signal)).redeem(request);
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
    for (const wire of this.#open.values()) await wire.then((each) => each.close()).catch(() => undefined);
  }

  #isToBeAsked({ name }: Wire): boolean {
    if (name === 'grpc' || this.#options.settings.grpcUrl === undefined) return false;
    // Clocks are set back, too.
    return Math.abs(this.#clock.now() - this.#askedAt) >= ASK_AGAIN_MS;
  }

  async #choose(): Promise<Wire> {
    const { grpcUrl, hasServerUrl } = this.#options.settings;
    if (grpcUrl === undefined) return (this.#chosen = await this.#http());
    this.#askedAt = this.#clock.now();
    const grpc = await this.#grpc(grpcUrl);
    try {
      await grpc.ping(this.#closing.signal);
      return (this.#chosen = grpc);
    } catch (error) {
      // The next call is not to wait until this connection dares to try again.
      await grpc.close();
      if (this.#chosen) return this.#chosen;
      // Only a server that says so itself: one that cannot be reached may have begun an enrolment already.
      if (!isProvisionError(error) || error.code !== 'grpc_unimplemented') throw error;
      // At the default, whatever program of this device is there would be taken for the server.
      if (!hasServerUrl) throw noEnrolmentService(grpcUrl, error);
      this.#options.onFallBack?.();
      return (this.#chosen = await this.#http());
    }
  }

  /** The wire that an enrolment has begun on, whatever the server speaks by now: the other one knows nothing of it. */
  async #wireOf({ secret }: PendingEnrolment, signal: AbortSignal | undefined): Promise<Wire> {
    const { grpcUrl, hasServerUrl } = this.#options.settings;
    const isOlder = grpcUrl === undefined || (secret === undefined && hasServerUrl);
    return abortable(isOlder ? this.#http() : this.#grpc(grpcUrl), signal);
  }

  #grpc(url: string): Promise<Wire> {
    return this.#opened('grpc', async () => {
      const { GrpcWire } = await import('./grpc-wire.js');
      const { proxies } = this.#options;
      return new GrpcWire({
        ...{ url, proxies, clock: this.#clock },
        anchors: (signal) => this.#anchors(url, signal),
      });
    });
  }

  #http(): Promise<Wire> {
    return this.#opened('http', async () => {
      const { serverUrl, certSignUrl } = this.#options.settings;
      const { openHttpWire } = await import('./http-wire.js');
      const anchors = (signal?: AbortSignal): Promise<string | undefined> => this.#anchors(serverUrl, signal);
      const { proxies } = this.#options;
      return openHttpWire({ serverUrl, certSignUrl, proxies, anchors }, this.#closing.signal);
    });
  }

  /** Both may be in use at once, and stay open: one for a code that is shown, the other for everything else. */
  async #opened(name: Wire['name'], open: () => Promise<Wire>): Promise<Wire> {
    const opening = this.#open.get(name) ?? open();
    this.#open.set(name, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#open.get(name) === opening) this.#open.delete(name);
      throw error;
    }
  }

  async #anchors(url: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { settings, store, proxies } = this.#options;
    const { serverAnchors } = await import('./server-anchors.js');
    return (await serverAnchors(url, { ...settings, store, proxies }, signal)).pem;
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
