import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check } from '@org/harness';

const run = promisify(execFile);

/** PEM texts. */
export interface Files {
  readonly certificate: string;
  readonly key: string;
  readonly chain: string;
}

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly notAfter: string;
}

/** Looks at a certificate with the openssl program: someone else's eyes. */
export class OpenSsl {
  readonly #path: Record<keyof Files, string>;

  private constructor(folder: string) {
    this.#path = {
      certificate: join(folder, 'client.crt'),
      key: join(folder, 'client.key'),
      chain: join(folder, 'ca.crt'),
    };
  }

  /** @param folder where the files are put while it looks; made */
  static async open(folder: string, files: Files): Promise<OpenSsl> {
    await mkdir(folder);
    const openssl = new OpenSsl(folder);
    for (const name of ['certificate', 'key', 'chain'] as const)
      await writeFile(openssl.#path[name], files[name], { mode: 0o600 });
    return openssl;
  }

  /** @throws Error when key and certificate do not belong together */
  async assertKeyFits(): Promise<void> {
    const [ofKey, ofCertificate] = await Promise.all([
      openssl('pkey', '-in', this.#path.key, '-pubout'),
      openssl('x509', '-in', this.#path.certificate, '-noout', '-pubkey'),
    ]);
    check(ofKey === ofCertificate, 'the private key does not belong to the certificate');
  }

  /** @throws Error unless the chain is valid for a TLS client */
  async assertChainFits(): Promise<void> {
    const { chain, certificate } = this.#path;
    // -no-CAfile and -no-CApath: what this machine trusts besides must not help.
    await openssl(
      ...['verify', '-x509_strict', '-purpose', 'sslclient', '-no-CApath', '-no-CAstore'],
      ...['-CAfile', chain, certificate],
    );
  }

  async facts(): Promise<CertificateFacts> {
    const wanted = ['-subject', '-issuer', '-enddate', '-nameopt', 'RFC2253'];
    const text = await openssl('x509', '-in', this.#path.certificate, '-noout', ...wanted);
    const [subject = '', issuer = '', notAfter = ''] = text
      .trim()
      .split('\n')
      .map((line) => line.slice(line.indexOf('=') + 1).trim());
    return { subject, issuer, notAfter: new Date(notAfter).toISOString() };
  }
}

/** Runs the program. @throws Error with what it says, when it refuses or is not there */
export async function openssl(...args: readonly string[]): Promise<string> {
  try {
    return (await run('openssl', args)).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new Error('the openssl program is needed for this check; install it', { cause: error });
    throw new Error(`openssl ${args[0]} refused: ${stderr?.trim() ?? String(error)}`, { cause: error });
  }
}
