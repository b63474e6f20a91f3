import { BlockList, isIPv4 } from 'node:net';
import { plainAddress } from '@org/code-issuance';
import { ProvisionError } from '@org/domain';
import type { Config } from '@org/layout-config';
import type { Rule } from '../callers/operations.js';

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
  /** Whether it came over TLS, to this process or to a trusted proxy that says so. */
  readonly isTls: boolean;
  /** Whether no one on the way can read along: TLS, or this machine. */
  readonly isPrivate: boolean;
}

export type OriginReader = (peer: Peer) => Origin;

/**
 * Reads where requests come from, in the same way in all apps, so that limits by address mean the same.
 *
 * @param trustedProxies IP addresses and CIDR blocks of those whose headers are believed
 */
export function originReader(trustedProxies: readonly string[]): OriginReader {
  const isTrusted = addressMatcher(trustedProxies);
  return ({ address = '', tls, forwardedFor = '', forwardedProto = '' }) => {
    const peer = plainAddress(address) ?? '';
    const direct = { address: peer, isTls: tls, isPrivate: tls || peer === '' || isLoopback(peer) };
    if (!isTrusted(peer)) return direct;
    const scheme = forwardedProto.split(',').at(-1)!.trim().toLowerCase();
    const isTls = scheme === 'https';
    return {
      ...(scheme === '' ? direct : { isTls, isPrivate: isTls }),
      address: furthest(peer, forwardedFor.split(','), isTrusted),
    };
  };
}

/**
 * Refuses what others on the way could read along.
 *
 * @throws ProvisionError forbidden `tls_required`
 */
export function assertPrivate(
  { tls }: Rule,
  { isPrivate }: Pick<Origin, 'isPrivate'>,
  { legacyDevicesPlainHttp }: Pick<Config['enrolment'], 'legacyDevicesPlainHttp'>,
): void {
  if (isPrivate || !tls || (tls === 'unless_allowed' && legacyDevicesPlainHttp)) return;
  throw new ProvisionError({
    kind: 'forbidden',
    code: 'tls_required',
    message:
      'this call carries credentials, so it needs TLS: connect with https, which the service offers with ' +
      'MG_PROVISION_HTTP_TLS=builtin or a certificate of its own (gRPC: MG_PROVISION_GRPC_TLS=on); where a proxy ends TLS, ' +
      'name it in MG_PROVISION_TRUSTED_PROXIES and let it send X-Forwarded-Proto',
  });
}

/**
 * The last hop that a trusted one reports. What is no address ends the way: its writer may have been told anything,
 * and must not pass as someone new each time.
 */
function furthest(peer: string, hops: readonly string[], isTrusted: AddressMatcher): string {
  let origin = peer;
  for (const hop of hops.toReversed()) {
    const next = plainAddress(hop);
    if (next === undefined) break;
    origin = next;
    if (!isTrusted(next)) break;
  }
  return origin;
}

/** Whether an address in the form of `plainAddress` is one of those meant; the empty one is none. */
export type AddressMatcher = (address: string) => boolean;

/** @param blocks IP addresses and CIDR blocks */
export function addressMatcher(blocks: readonly string[]): AddressMatcher {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address) => address !== '' && list.check(address, familyOf(address));
}

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

const isLoopback = addressMatcher(['127.0.0.0/8', '::1']);
