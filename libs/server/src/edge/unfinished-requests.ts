import { siteGroup } from '@org/code-issuance';
import { ProvisionError } from '@org/domain';
import { FairShare } from './fair-share.js';

/** A request that has begun to arrive. */
interface UnfinishedRequest {
  /** Of its caller. */
  readonly address: string;
  /** Ends it: nothing more of it is kept. */
  refuse(error: ProvisionError): void;
}

export interface UnfinishedBounds {
  /** Bytes of memory. */
  readonly most: number;
  /** The same for one address: IPv4, or an IPv6 network of 48 bits. */
  readonly mostPerAddress: number;
}

/** Of memory for a request of which nothing but its head has come. */
const HEAD_BYTES = 8 * 1024;

/** Seconds: a real caller can send a request again. */
const RETRY_AFTER_S = 1;

/**
 * Bounds the memory that requests hold before they have arrived. Requests arrive in one go, so the oldest one is refused
 * when it is used up: of an address that holds too much, or else of the address that holds most.
 */
export class UnfinishedRequests {
  readonly #shares = new FairShare<UnfinishedRequest>();

  constructor(private readonly bounds: UnfinishedBounds) {}

  /** Every request holds something, its headers at least. */
  begin(request: UnfinishedRequest): void {
    this.hold(request, HEAD_BYTES);
  }

  /** @param bytes that the request holds in addition */
  hold(request: UnfinishedRequest, bytes: number): void {
    const owner = siteGroup(request.address);
    this.#shares.take(owner, request, bytes);
    while (this.#shares.ofOwner(owner) > this.bounds.mostPerAddress) this.#refuseOldest(owner, 'address');
    while (this.#shares.total > this.bounds.most) this.#refuseOldest(this.#shares.greediest()!, 'over_all');
  }

  /** It is there, or never will be. May be repeated. */
  end(request: UnfinishedRequest): void {
    this.#shares.giveBack(siteGroup(request.address), request);
  }

  #refuseOldest(owner: string, limit: string): void {
    const [oldest] = this.#shares.itemsOf(owner);
    this.end(oldest!);
    oldest!.refuse(tooManyUnfinished(limit));
  }
}

const tooManyUnfinished = (limit: string) =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'too_many_unfinished',
    message: 'too many requests have begun and not arrived in full; send this one again',
    details: { limit, retryAfter: RETRY_AFTER_S },
  });
