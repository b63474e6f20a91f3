import type { ServerOptions, Server as HttpsServer } from 'node:https';
import type { Server } from '@org/server';

/** Milliseconds between checks whether renewal is due, and between retries. */
const LOOK_EVERY_MS = 60_000;

/** How the app serves TLS. */
interface ServedTls {
  readonly options: ServerOptions;
  /** Gives the server new certificates in time, until `close`. */
  keepFresh(listening: HttpsServer): void;
  close(): void;
}

/**
 * TLS with the configured certificate, or one from the built-in authority; undefined where plain HTTP is served. Where
 * devices enrol, client certificates are asked for and not judged here: an expired one has to reach the use cases, which
 * know it by its fingerprint; the handshake has shown that the key is there.
 */
export async function serveTls(server: Server): Promise<ServedTls | undefined> {
  const { tls, tlsBuiltin } = server.config.server;
  if (!tls && !tlsBuiltin) return undefined;
  let current = await nextCredentials(server);
  const renew = async (listening: HttpsServer) => {
    if (Date.now() < current.renewAt) return;
    try {
      current = await nextCredentials(server);
      listening.setSecureContext(current.context);
    } catch (error) {
      server.logger.error({ err: error }, 'TLS certificate renewal failed; retrying');
    }
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    options: {
      ...current.context,
      requestCert: server.enrolments !== undefined,
      rejectUnauthorized: false,
    },
    keepFresh(listening) {
      timer = setInterval(() => void renew(listening), LOOK_EVERY_MS).unref();
    },
    close: () => clearInterval(timer),
  };
}

interface Credentials {
  readonly context: Pick<ServerOptions, 'key' | 'ca'> & {
    /** PEM, the server's own first. */
    readonly cert: string;
  };
  /** Milliseconds since 1970. */
  readonly renewAt: number;
}

async function nextCredentials(server: Server): Promise<Credentials> {
  const credentials = await askCredentials(server);
  server.metrics.showCertificate('server', credentials.context.cert);
  return credentials;
}

async function askCredentials({ config, authority, enrolments }: Server): Promise<Credentials> {
  const { tls, names } = config.server;
  // Named in the handshake, so that browsers offer people no certificates that mean nothing here; issuers too, since
  // some clients send theirs only when its issuer is named.
  const ca = enrolments && authority && { ca: authority.servedPem() };
  if (tls) return { context: { cert: tls.cert, key: tls.key.reveal(), ...ca }, renewAt: Infinity };
  const { certificate, key, renewAt } = await authority!.serverCertificate({ names });
  return { context: { cert: certificate, key: key.reveal(), ...ca }, renewAt };
}
