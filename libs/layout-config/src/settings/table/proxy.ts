import * as kinds from '../kinds.js';
import { setting } from './setting.js';

/** The way out: the same for every outgoing connection that has TLS. */
export const PROXY = {
  httpsProxy: setting({
    key: 'server.https_proxy',
    env: ['MG_PROVISION_HTTPS_PROXY', 'https_proxy', 'HTTPS_PROXY'],
    kind: kinds.proxy,
    doc: 'Proxy for outgoing connections with TLS, by CONNECT: `http://host:port`, with `user:password@` if it needs them; `none` switches off what the other variables say. See docs/reference/proxies.md.',
  }),
  noProxy: setting({
    key: 'server.no_proxy',
    env: ['MG_PROVISION_NO_PROXY', 'no_proxy', 'NO_PROXY'],
    kind: kinds.noProxy,
    doc: 'Hosts that are not reached through it: names, with all names below them, IP addresses and CIDR blocks, each with a port or without; `*` is all. This machine never is.',
  }),
};
