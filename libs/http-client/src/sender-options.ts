import type { ProxySettings } from '@org/domain';

/** How the other side's certificate is verified. */
export interface TlsOptions {
  /** False only when someone turned verification off explicitly. Default true. */
  readonly verify?: boolean;
  /** PEM text of trust anchors in addition to the default ones. */
  readonly ca?: string;
  /** True: `ca`, where there is one, takes the place of the default ones. Default false. */
  readonly exclusive?: boolean;
}

/** What a sender of requests has to know, on any runtime. */
export interface SenderOptions {
  readonly tls?: TlsOptions;
  /** Default: none. The environment's variables are not looked at. */
  readonly proxies?: ProxySettings;
  /** Bytes that the body of an answer may have. Default 16 MiB. */
  readonly maxAnswerBytes?: number;
}
