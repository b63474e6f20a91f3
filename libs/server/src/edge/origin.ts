import { BlockList, isIPv4 } from 'node:net';
import { plainAddress } from '@org/code-issuance';

/** The other end of a connection, as the socket and the headers tell it. */
export interface Peer {
  /** Of the socket; undefined on a local one. */
  readonly address: string | undefined;
  /** Whether the connection itself is TLS. */
  readonly tls: boolean;
  /** `X-Forwarded-For` and `X-Forwarded-Proto`; several headers of a name are joined by commas. */
  readonly forwardedFor: string | undefined;
  readonly forwardedProto: string | undefined;
}

/** Where a request comes from. */
export interface Origin {
  /** The peer's IP address, or what trusted proxies say; in the form of `plainAddress`, empty on a local socket. */
  readonly address: string;
  /** Whether nobody on the way can read along: TLS, as far as trusted proxies tell, or this machine. */
  readonly isPrivate: boolean;
}

export type OriginReader = (peer: Peer) => Origin;

/**
 * Reads where requests come from, in the same way in all apps, so that limits by address mean the same.
 *
 * @param trustedProxies IP addresses and CIDR blocks of those whose headers are believed
 */
export function originReader(trustedProxies: readonly string[]): OriginReader {
  const trusted = blockListOf(trustedProxies);
  return ({ address = '', tls, forwardedFor = '', forwardedProto = '' }) => {
    const peer = plainAddress(address) ?? '';
    const direct = { address: peer, isPrivate: tls || peer === '' || contains(LOOPBACK, peer) };
    if (!contains(trusted, peer)) return direct;
    const scheme = forwardedProto.split(',').at(-1)!.trim().toLowerCase();
    return {
      address: furthest(peer, forwardedFor.split(','), trusted),
      isPrivate: scheme === '' ? direct.isPrivate : scheme === 'https',
    };
  };
}

/**
 * The last hop that a trusted one reports. What is no address ends the way: whoever wrote it may have been told anything,
 * and must not pass as somebody new each time.
 */
function furthest(peer: string, hops: readonly string[], trusted: BlockList): string {
  let origin = peer;
  for (const hop of hops.toReversed()) {
    const next = plainAddress(hop);
    if (next === undefined) break;
    origin = next;
    if (!contains(trusted, next)) break;
  }
  return origin;
}

function blockListOf(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

const contains = (list: BlockList, address: string): boolean =>
  address !== '' && list.check(address, familyOf(address));

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

const LOOPBACK = blockListOf(['127.0.0.0/8', '::1']);
