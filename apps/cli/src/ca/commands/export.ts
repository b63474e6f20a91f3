import { servedCertificates, servedPem } from '@org/pki';
import { shownAnchors } from '@org/store';
import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { deliver } from '../../print.js';

const EXAMPLE = `
Example:
  $ provision ca export --out trust.pem
  $ provision ca export --der --out issuing.cer`;

export const exportCommand = (): Command =>
  new Command('export')
    .description('the public part, as PEM: issuing, cross-signed and root certificates, previous ones too')
    .option('--out <file>', 'write here (default: standard output)')
    .option('--der', 'only the certificate that issues, as DER')
    .addHelpText('after', EXAMPLE)
    .action(exportAuthority);

async function exportAuthority({ out, der }: { out?: string; der?: boolean }): Promise<void> {
  const anchors = await withAuthority(configuration(), shownAnchors);
  deliver(der ? anchors.current[0]!.der : servedPem(servedCertificates(anchors, Date.now())), out);
}
