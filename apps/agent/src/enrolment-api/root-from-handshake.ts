import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { ProvisionError, type ProxySettings, printable, proxyFor } from '@org/domain';
import { connectionProblem, openTunnel } from '@org/http-client/tunnel';
import { certificatePem } from '@org/x509';

interface Handshake {
  /** As Node put them in order, the server's own first; what Node does not need for its chain is left out. */
  readonly chain: readonly tls.DetailedPeerCertificate[];
  /** All that the server sent, in its order. */
  readonly sent: readonly X509Certificate[];
  /** Why the certificate is not accepted; undefined when it is. */
  readonly problem: Error | undefined;
}

interface HandshakeOptions {
  /** PEM; default: the system's. */
  readonly anchors?: string;
  readonly proxies?: ProxySettings;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 10_000;

/**
 * Shakes hands with a server and looks at its certificates, accepted or not. Nothing is sent.
 *
 * @throws ProvisionError `unavailable` (`server_unreachable`, and what `openTunnel` does)
 */
export async function shakeHands(
  url: string,
  { anchors, proxies, signal }: HandshakeOptions = {},
): Promise<Handshake> {
  const { hostname, port: named } = new URL(url);
  const [host, port] = [hostname.replace(/^\[|\]$/g, ''), Number(named || 443)];
  const proxy = proxyFor(proxies, url);
  const tunnel = proxy && (await openTunnel({ proxy, host, port }, { timeoutMs: TIMEOUT_MS, signal }));
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      ...(tunnel ? { socket: tunnel } : { host, port }),
      ...(/[a-z]/i.test(host) && !host.includes(':') && { servername: host }),
      ALPNProtocols: ['h2', 'http/1.1'],
      ca: anchors,
      // Looked at below: this connection is for nothing else.
      rejectUnauthorized: false,
    });
    socket.setTimeout(TIMEOUT_MS);
    const fail = (cause: Error): void => {
      socket.destroy();
      if (signal?.aborted) reject(signal.reason as Error);
      else reject(unreachable(url, cause));
    };
    const abort = (): void => fail(signal!.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal?.removeEventListener('abort', abort));
    socket.once('error', fail);
    socket.once('timeout', () => fail(new Error('no answer in time')));
    socket.once('secureConnect', () => {
      const { authorized, authorizationError } = socket;
      const chain = chainOf(socket.getPeerCertificate(true));
      const sent = sentBy(socket);
      socket.destroy();
      resolve({ chain, sent, problem: authorized ? undefined : asError(authorizationError) });
    });
  });
}

function chainOf(leaf: tls.DetailedPeerCertificate): tls.DetailedPeerCertificate[] {
  const chain: tls.DetailedPeerCertificate[] = [];
  // The issuer of a root is itself.
  for (let each = leaf; each?.raw && !chain.includes(each); each = each.issuerCertificate) chain.push(each);
  return chain;
}

/** In this form, unlike the other, "issuer" is whatever came next. */
function sentBy(socket: tls.TLSSocket): X509Certificate[] {
  const sent: X509Certificate[] = [];
  for (let each = socket.getPeerX509Certificate(); each; each = each.issuerCertificate) sent.push(each);
  return sent;
}

/**
 * The root certificate with a fingerprint, out of the chain that a server shows. No matter who sends it, the fingerprint says
 * that it is the right one; the server itself has proven nothing by it, and is to be verified with this root.
 *
 * @param sha256 lower-case hex
 * @returns PEM
 * @throws ProvisionError `unavailable` (`root_not_shown`, and what `shakeHands` does)
 */
export async function rootFromHandshake(
  url: string,
  sha256: string,
  options?: Omit<HandshakeOptions, 'anchors'>,
): Promise<string> {
  const { sent } = await shakeHands(url, options);
  const wanted = sent.find((each) => hexOf(each) === sha256);
  // OpenSSL verifies by nothing else than a root.
  if (wanted?.checkIssued(wanted)) return certificatePem(wanted.raw);
  throw new ProvisionError({
    kind: 'unavailable',
    code: 'root_not_shown',
    message: wanted ? notARoot(wanted) : notShown(url),
    details: { shown: sent.map(hexOf) },
  });
}

const hexOf = ({ fingerprint256 }: X509Certificate): string =>
  fingerprint256.replaceAll(':', '').toLowerCase();

const notARoot = ({ subject, issuer }: X509Certificate): string =>
  `The fingerprint in provisioning.root_fingerprint is not that of a root certificate, but of ${inOneLine(subject)}, ` +
  `signed by ${inOneLine(issuer)}. Set it to the SHA-256 of the server's root certificate, or put that certificate into ` +
  'paths.server.cert.';

/** Node writes a part of a name to a line. */
const inOneLine = (name: string): string => printable(name.replaceAll('\n', ', '));

const notShown = (url: string): string =>
  `The server at ${url} shows no root certificate with the fingerprint in provisioning.root_fingerprint. ` +
  'Compare the two; where the server does not send its root along, put it into paths.server.cert.';

/** For people; a certificate that no one has checked may say anything. */
export const nameOf = (name: tls.Certificate | undefined): string =>
  printable(String(name?.CN ?? name?.O ?? 'nobody in particular'));

const asError = (problem: unknown): Error =>
  problem instanceof Error ? problem : new Error(String(problem));

function unreachable(url: string, cause: Error): ProvisionError {
  return new ProvisionError({
    kind: 'unavailable',
    code: 'server_unreachable',
    message: `No TLS connection to ${url}: ${connectionProblem(cause)}.`,
    cause,
  });
}
