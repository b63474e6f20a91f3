/** A client or channel as a reference can name it. */
export interface ContentClient {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}
export interface ContentChannel {
  readonly id: string;
  readonly name: string;
}
export interface ContentCertificate {
  /** PEM. */
  readonly clientCert: string;
  /** PEM, private. */
  readonly clientKey: string;
  /** PEM chain of the issuer. */
  readonly caCert: string;
}

/** The values that references resolve to. Clients and channels in the layout's order. */
export interface ContentValues {
  readonly domainId: string;
  readonly externalId: string;
  /** The name in the provisioning request. */
  readonly name: string;
  readonly clients: readonly ContentClient[];
  readonly channels: readonly ContentChannel[];
  /** By index of client; absent before certificates were issued: such references become "". */
  readonly certificates?: ReadonlyMap<number, ContentCertificate>;
}
