import type { BootstrapAdmin } from '@org/bootstrap-client';
import type { AuthClient, Channels, Clients } from '@org/magistrala-sdk';
import type { AdaptiveLimit } from './adaptive-limit.js';
import type { CertificateSource } from './certificate-source.js';

/** Magistrala's REST services, one client each. */
export interface MagistralaServices {
  readonly clients: Clients;
  readonly channels: Channels;
  readonly bootstrap: BootstrapAdmin;
  /** Of configurations that are created at once. */
  readonly configurationLimit: Pick<AdaptiveLimit, 'run'>;
  /** Magistrala's certs service, or this product's own authority. */
  readonly certificates: CertificateSource;
  /** Says who may do what; undefined where only a try can. */
  readonly auth?: AuthClient | undefined;
}
