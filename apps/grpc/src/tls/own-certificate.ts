import type { BuiltinAuthority, Logger } from '@org/server';
import { TlsCredentials } from './tls-credentials.js';

/** A timer holds at most 2^31 - 1 ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
/** Milliseconds after which a renewal that failed is tried again. */
const RETRY_MS = 60_000;

interface OwnCertificateOptions {
  readonly authority: Pick<BuiltinAuthority, 'serverCertificate'>;
  readonly names: readonly string[];
  readonly logger: Logger;
  /** Told of each certificate that is served from now on, PEM. */
  readonly onServed?: (certificate: string) => void;
}

/** Credentials with a certificate of the built-in authority, which is renewed in time, without a restart. */
export class OwnCertificate {
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    readonly credentials: TlsCredentials,
    private readonly options: OwnCertificateOptions,
  ) {}

  static async open(options: OwnCertificateOptions): Promise<OwnCertificate> {
    const { tls, renewAt } = await ask(options);
    const own = new OwnCertificate(new TlsCredentials(tls), options);
    own.#renewIn(renewAt - Date.now());
    return own;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #renewIn(ms: number): void {
    const wait = Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => void this.#renew(), wait).unref();
  }

  async #renew(): Promise<void> {
    const { logger } = this.options;
    try {
      const { tls, renewAt } = await ask(this.options);
      this.credentials.replace(tls);
      logger.info({ renew_at: new Date(renewAt).toISOString() }, 'renewed the TLS certificate');
      this.#renewIn(renewAt - Date.now());
    } catch (error) {
      logger.error({ err: error }, 'TLS certificate renewal failed; retrying');
      this.#renewIn(RETRY_MS);
    }
  }
}

async function ask({ authority, names, onServed }: OwnCertificateOptions) {
  const { certificate, key, renewAt } = await authority.serverCertificate({ names });
  onServed?.(certificate);
  return { tls: { cert: certificate, key }, renewAt };
}
