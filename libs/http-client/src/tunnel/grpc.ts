import { type ProxySettings, proxyFor } from '@org/domain';
import { type TunnelTarget, authorityOf } from './tunnel.js';

/** How grpc-js is told of a server. */
export interface GrpcRoute {
  readonly target: string;
  readonly options: Readonly<Record<string, string | number>>;
  /** Undefined when the way is direct. */
  readonly tunnel: TunnelTarget | undefined;
}

/** grpc-js has a rule of its own for proxies, which is not the one that everything else here goes by. */
const NO_RULE_OF_ITS_OWN = { 'grpc.enable_http_proxy': 0 };

/**
 * The way to a gRPC server: direct, or through a proxy.
 *
 * @param url `https://host:port`, or `http://host:port` without TLS
 */
export function grpcRoute(url: string, proxies: ProxySettings | undefined): GrpcRoute {
  const { protocol, hostname, port } = new URL(url);
  const server = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'http:' ? 80 : 443)),
  };
  const authority = authorityOf(server);
  const proxy = proxyFor(proxies, url);
  if (!proxy) return { target: authority, options: NO_RULE_OF_ITS_OWN, tunnel: undefined };
  return {
    target: authorityOf(proxy),
    options: {
      ...NO_RULE_OF_ITS_OWN,
      'grpc.http_connect_target': `dns:${authority}`,
      // Else the server would be called by the proxy's name.
      'grpc.default_authority': authority,
      ...(proxy.credentials && { 'grpc.http_connect_creds': proxy.credentials.reveal() }),
    },
    tunnel: { proxy, ...server },
  };
}
