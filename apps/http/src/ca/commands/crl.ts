import { ProvisionError } from '@org/domain';
import type { Config } from '@org/layout-config';
import { type Authority, CrlPublisher, issuerIdOf, toPem } from '@org/pki';
import { Command } from 'commander';
import { authorityFolder, configuration, withCertificates } from '../configuration.js';
import { deliver } from '../print.js';

const EXAMPLE = `
It is the list that the service hands out; a new one is signed only when that one is out of date.

Example:
  $ provision-ca crl --out revoked.pem
  $ provision-ca crl --der --out revoked.crl`;

export const crlCommand = (): Command =>
  new Command('crl')
    .description('the revocation list of the authority that issues, as PEM')
    .option('--issuer <key-id>', 'of a previous authority: its subject key identifier, hex')
    .option('--out <file>', 'write here (default: standard output)')
    .option('--der', 'as DER')
    .addHelpText('after', EXAMPLE)
    .action(crl);

interface CrlOptions {
  readonly issuer?: string;
  readonly out?: string;
  readonly der?: boolean;
}

async function crl({ issuer, out, der }: CrlOptions): Promise<void> {
  const config = configuration();
  const authority = await authorityOf(config, issuer);
  const list = await withCertificates(config, (store) => new CrlPublisher({ authority, store }).current());
  deliver(der ? list.der : toPem('X509 CRL', list.der), out);
}

async function authorityOf(config: Config, issuer: string | undefined): Promise<Authority> {
  const folder = authorityFolder(config);
  const now = Date.now();
  const current = await folder.current(now);
  if (issuer === undefined) return current;
  const id = issuer.replaceAll(':', '').toLowerCase();
  const found = [current, ...folder.previous(now)].find((each) => issuerIdOf(each) === id);
  if (found) return found;
  throw new ProvisionError({
    kind: 'not_found',
    code: 'authority_not_found',
    message: `${id}: no authority with this key identifier, and its key in the folder, is served now`,
  });
}
