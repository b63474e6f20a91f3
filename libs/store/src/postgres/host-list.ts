import { type PostgresHosts, ProvisionError, type Secret, readPostgresUrl } from '@org/domain';

/** The hosts of a database, and which of them is used now. */
export class HostList {
  readonly readWrite: boolean;
  readonly #urls: readonly string[];
  #current = 0;

  constructor({ urls, readWrite }: PostgresHosts) {
    this.#urls = urls;
    this.readWrite = readWrite;
  }

  get length(): number {
    return this.#urls.length;
  }

  /** The URL of the one in use. */
  get current(): string {
    return this.#urls[this.#current]!;
  }

  /** It does not answer, or takes no writes: the next one is tried, unless someone found that out already. */
  failed(url: string): void {
    if (url === this.current) this.#current = (this.#current + 1) % this.#urls.length;
  }
}

/** @throws ProvisionError invalid `database_url_invalid` */
export function hostsOf(url: Secret): HostList {
  const hosts = readPostgresUrl(url.reveal());
  if (hosts) return new HostList(hosts);
  throw new ProvisionError({
    kind: 'invalid',
    code: 'database_url_invalid',
    message:
      'the database URL must be postgres://user:password@host[:port][,host[:port]…]/database; target_session_attrs may be any, read-write or primary',
  });
}
