import { type DetailedPeerCertificate, connect as tlsConnect } from 'node:tls';

/** @returns what the server sends, DER each, its own first */
export async function handshake(address: string): Promise<Buffer[]> {
  const [host, port] = address.split(':');
  const socket = tlsConnect({ host, port: Number(port), ALPNProtocols: ['h2'], rejectUnauthorized: false });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
    });
    const chain: Buffer[] = [];
    let each: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    while (each && !chain.some((der) => der.equals(each!.raw))) {
      chain.push(each.raw);
      each = each.issuerCertificate;
    }
    return chain;
  } finally {
    socket.destroy();
  }
}
