import type { JsonObject } from '@org/domain';
import type { Path } from './path.js';

/**
 * A JSON object whose strings may hold references, `${domain.id}` for example, to what is being made.
 * Checked against the layout when it is read, so that rendering cannot fail.
 */
export interface ContentTemplate {
  /** As configured, references unresolved: what `GET /{domainID}/mapping` shows. */
  readonly source: JsonObject;
  /** The strings that are not taken as they stand, and where in `source` they are. */
  readonly texts: readonly TemplateText[];
  /** True when it refers to certificates, which exist only after they were issued. */
  readonly usesCertificates: boolean;
  /** True when it refers to a secret (a client's secret, a private key). */
  readonly usesSecrets: boolean;
}

/** A string with references, ready to be put together. */
export interface TemplateText {
  readonly path: Path;
  readonly pieces: readonly (string | TemplateReference)[];
}

export interface TemplateReference {
  /** As written between `${` and `}`, in normal form: `clients["my client"].id`. */
  readonly text: string;
  readonly target: Target;
}

type RequestField = 'domainId' | 'externalId' | 'name';
type ClientField = 'id' | 'name' | 'secret';
type CertificateField = 'clientCert' | 'clientKey' | 'caCert';
type ChannelField = 'id' | 'name';

/** What a `${…}` stands for. */
export type Target =
  | { readonly of: 'request'; readonly field: RequestField }
  | { readonly of: 'client'; readonly index: number; readonly field: ClientField }
  | { readonly of: 'certificate'; readonly index: number; readonly field: CertificateField }
  | { readonly of: 'channel'; readonly index: number; readonly field: ChannelField }
  | { readonly of: 'value'; readonly value: string };
