import { type CertificateFacts, type Files, OpenSsl } from './openssl.js';
import { check } from '@org/harness';
import { type Steps } from './steps.js';

interface CertificateCheck {
  /** For the files; made. */
  readonly folder: string;
  /** Gets what a client was given. @throws Error when something is missing */
  readonly files: () => Files;
  /** Who the certificate has to be for. */
  readonly commonName: string;
}

/** Has openssl look at a client's key, certificate and chain. */
export async function checkWithOpenssl(
  steps: Steps,
  { folder, files, commonName }: CertificateCheck,
): Promise<CertificateFacts> {
  const openssl = await steps.run('openssl: the private key fits the certificate', async () => {
    const openssl = await OpenSsl.open(folder, files());
    await openssl.assertKeyFits();
    return openssl;
  });
  return steps.run('openssl: the chain is valid for a TLS client', async (note) => {
    await openssl.assertChainFits();
    const facts = await openssl.facts();
    check(facts.subject === `CN=${commonName}`, `its subject is ${facts.subject}, not the client's id`);
    note(`from ${commonNameOf(facts.issuer)}, until ${facts.notAfter.slice(0, 10)}`);
    return facts;
  });
}

const commonNameOf = (name: string): string => /(?:^|,)CN=([^,]+)/.exec(name)?.[1] ?? name;
