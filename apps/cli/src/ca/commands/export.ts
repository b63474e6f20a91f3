import { servedCertificates, servedPem } from '@org/pki';
import { shownAnchors } from '@org/store';
import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { deliver } from '../../print.js';

const HELP = `
Examples:
  $ provision ca export --out trust.pem
  $ provision ca export --der --out issuing.cer`;

export const exportCommand = (): Command =>
  new Command('export')
    .description('print the certificates as PEM: issuing, cross-signed, root and previous ones')
    .option('--out <file>', 'file to write (default: standard output)')
    .option('--der', 'only the certificate of the issuing authority, as DER')
    .addHelpText('after', HELP)
    .action(exportAuthority);

async function exportAuthority({ out, der }: { out?: string; der?: boolean }): Promise<void> {
  const anchors = await withAuthority(configuration(), shownAnchors);
  deliver(der ? anchors.current[0]!.der : servedPem(servedCertificates(anchors, Date.now())), out);
}
