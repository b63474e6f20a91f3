import { type DetailedPeerCertificate, connect } from 'node:tls';
import { certificatePem, fingerprint, readCertificates } from '@org/x509';

/** Milliseconds that a server may take to shake hands. */
const HANDSHAKE_MS = 10_000;

/**
 * What the maker of a device tells it: lower-case hex SHA-256 of the root of a new authority.
 *
 * @param url of the HTTP app
 */
export async function rootFingerprint(url: string): Promise<string> {
  const served = readCertificates(await (await fetch(`${url}/v1/ca`)).text());
  return fingerprint(served.at(-1)!);
}

/**
 * The root of a server's chain, PEM, for who knows only its fingerprint: the server sends it in the handshake. Nothing else
 * is believed of this connection; the next one verifies normally, with this root as the only anchor.
 *
 * @param address host:port
 * @param told as `rootFingerprint`
 * @throws Error when the server shows another root, or none
 */
export async function pinnedRoot(address: string, told: string): Promise<string> {
  const root = await rootOf(address);
  if (fingerprint(root) !== told)
    throw new Error(`the server at ${address} shows another root than the one that the device was told of`);
  return certificatePem(root);
}

function rootOf(address: string): Promise<Buffer> {
  const { hostname: host, port } = new URL(`https://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port),
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      timeout: HANDSHAKE_MS,
    });
    socket.once('secureConnect', () => {
      resolve(lastOf(socket.getPeerCertificate(true)).raw);
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error(`${address} does not shake hands`)));
    socket.once('error', reject);
  });
}

/** Up the chain to the certificate that is its own issuer, as far as the server sent it. */
function lastOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  const { issuerCertificate: issuer } = certificate;
  return !issuer || issuer.fingerprint256 === certificate.fingerprint256 ? certificate : lastOf(issuer);
}
