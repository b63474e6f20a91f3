import { ProvisionError } from '@org/domain';
import { type Authority, CrlPublisher, issuerIdOf } from '@org/pki';
import { toPem } from '@org/x509';
import { type AuthorityStore, currentAuthority, previousAuthorities } from '@org/store';
import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { deliver } from '../../print.js';

const HELP = `
This is the list that the service publishes. A new one is signed only when that one is out of date.

Examples:
  $ provision ca crl --out revoked.pem
  $ provision ca crl --der --out revoked.crl`;

export const crlCommand = (): Command =>
  new Command('crl')
    .description('print the certificate revocation list (CRL) as PEM')
    .option('--issuer <key-id>', 'of a previous authority: its subject key identifier in hexadecimal')
    .option('--out <file>', 'file to write (default: standard output)')
    .option('--der', 'write DER')
    .addHelpText('after', HELP)
    .action(crl);

interface CrlOptions {
  readonly issuer?: string;
  readonly out?: string;
  readonly der?: boolean;
}

async function crl({ issuer, out, der }: CrlOptions): Promise<void> {
  const config = configuration();
  const { crlIntervalMs: largeIntervalMs } = config.authority;
  const list = await withAuthority(config, async (kept, store, clock) => {
    const authority = await authorityOf(kept, issuer, clock.now());
    return new CrlPublisher({ authority, store, clock, largeIntervalMs }).current();
  });
  deliver(der ? list.der : toPem('X509 CRL', list.der), out);
}

async function authorityOf(
  kept: AuthorityStore,
  issuer: string | undefined,
  now: number,
): Promise<Authority> {
  const current = await currentAuthority(kept, now);
  if (issuer === undefined) return current;
  const id = issuer.replaceAll(':', '').toLowerCase();
  const found = [current, ...(await previousAuthorities(kept, now))].find((each) => issuerIdOf(each) === id);
  if (found) return found;
  throw new ProvisionError({
    kind: 'not_found',
    code: 'authority_not_found',
    message: `${id}: no authority with this key identifier is served and has its key here`,
  });
}
