import type { Server, Socket } from 'node:net';
import { plainAddress, siteGroup } from '@org/code-issuance';
import type { OnLimit } from '../observability/limits.js';
import { FairShare } from './fair-share.js';
import { type AddressMatcher, addressMatcher } from './origin.js';

interface ConnectionGuardOptions {
  /** Name of the limit in metrics and logs; the others are called after it. */
  readonly name: string;
  /** Open connections. */
  readonly most: number;
  /** The same of one address: IPv4, or an IPv6 network of 48 bits. */
  readonly mostPerAddress: number;
  /** Requests that one connection may have under way. */
  readonly mostRequests: number;
  /** Milliseconds from a connection to the head of its first request, TLS handshake included. */
  readonly firstRequestMs: number;
  /** Those whose connections only count for `most`, and are never closed for others. Default none. */
  readonly trustedProxies?: readonly string[];
  readonly onLimit: OnLimit;
}

/** One end of a connection, as sockets of all kinds tell it. */
interface End {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

interface Held {
  readonly socket: Socket;
  /** As `nameOf` had it: sockets that are closed have no ends any more. */
  readonly name: string;
  readonly address: string;
  /** Whose share it counts for; undefined: no one's. */
  readonly owner: string | undefined;
  readonly silence: NodeJS.Timeout;
  requests: number;
  /** Those of them that have not arrived in full. */
  arriving: number;
}

/** A request on a connection. */
export interface GuardedRequest {
  /** All of it is there. May be repeated. */
  arrived(): void;
  /** It has been answered, or never will be. To be called once. */
  over(): void;
}

const UNGUARDED: GuardedRequest = { arrived: () => undefined, over: () => undefined };

/**
 * Bounds the connections of a port. Where no more are allowed, a new one takes the place of the one that has been open for
 * longest without a request under way, or else with one that does not arrive: of its own address, or of the address that
 * holds most. So an attacker who fills the port pays for every new caller with a connection of their own, and callers who hold few
 * keep theirs.
 */
export class ConnectionGuard {
  readonly #held = new Map<string, Held>();
  readonly #shares = new FairShare<Held>();
  readonly #isTrusted: AddressMatcher;

  constructor(private readonly options: ConnectionGuardOptions) {
    this.#isTrusted = addressMatcher(options.trustedProxies ?? []);
  }

  /** To be called before it listens. */
  watch(listening: Server): void {
    listening.on('connection', (socket) => this.#opened(socket));
  }

  /** A request on a connection has begun. */
  use(end: End): GuardedRequest {
    const held = this.#held.get(nameOf(end));
    if (!held) return UNGUARDED;
    clearTimeout(held.silence);
    held.requests += 1;
    held.arriving += 1;
    const { mostRequests } = this.options;
    if (held.requests > mostRequests) this.#close(held, 'requests', mostRequests);
    let isArriving = true;
    const arrived = () => {
      if (isArriving) held.arriving -= 1;
      isArriving = false;
    };
    return {
      arrived,
      over() {
        arrived();
        held.requests -= 1;
      },
    };
  }

  closeAll(): void {
    for (const held of this.#held.values()) this.#drop(held);
  }

  #opened(socket: Socket): void {
    const { firstRequestMs } = this.options;
    // Undefined where the caller has left already.
    const address = plainAddress(socket.remoteAddress ?? '');
    const owner = address === undefined || this.#isTrusted(address) ? undefined : siteGroup(address);
    if (address === undefined || !this.#makeRoom(owner, address)) {
      socket.destroy();
      return;
    }
    const silence = setTimeout(() => this.#close(held, 'first_request', firstRequestMs), firstRequestMs);
    const held: Held = {
      socket,
      name: nameOf(socket),
      address,
      owner,
      silence: silence.unref(),
      requests: 0,
      arriving: 0,
    };
    this.#held.set(held.name, held);
    if (owner !== undefined) this.#shares.take(owner, held, 1);
    socket.once('close', () => this.#forget(held));
  }

  /** @returns whether there is room now */
  #makeRoom(owner: string | undefined, address: string): boolean {
    const { most, mostPerAddress, name, onLimit } = this.options;
    if (owner !== undefined && this.#shares.ofOwner(owner) >= mostPerAddress) {
      onLimit(`${name}_address`, { address, most: mostPerAddress });
      return this.#dropOneOf(owner);
    }
    if (this.#held.size < most) return true;
    onLimit(name, { address, most });
    return this.#dropOneOf(this.#shares.greediest());
  }

  /** The oldest one without a request, or else with nothing but requests that have not arrived. */
  #dropOneOf(owner: string | undefined): boolean {
    const all = owner === undefined ? [] : [...this.#shares.itemsOf(owner)];
    const held =
      all.find(({ requests }) => requests === 0) ??
      all.find(({ requests, arriving }) => requests === arriving);
    if (held) this.#drop(held);
    return held !== undefined;
  }

  #close(held: Held, limit: string, most: number): void {
    this.options.onLimit(`${this.options.name}_${limit}`, { address: held.address, most });
    this.#drop(held);
  }

  #drop(held: Held): void {
    this.#forget(held);
    held.socket.destroy();
  }

  /** Harmless where it is done already: another connection may have the same ends by then. */
  #forget(held: Held): void {
    clearTimeout(held.silence);
    if (this.#held.get(held.name) === held) this.#held.delete(held.name);
    if (held.owner !== undefined) this.#shares.giveBack(held.owner, held);
  }
}

const nameOf = ({ remoteAddress, remotePort }: End): string => `${remoteAddress} ${remotePort}`;
