import { readFileSync } from 'node:fs';
import { type IssuingAuthority, loadAuthority } from '@org/pki';
import { keySigner, readCertificateBundle } from '@org/x509';
import { adoptAuthority } from '@org/store';
import type { KeyObject } from 'node:crypto';
import { Command } from 'commander';
import { configuration, withNewAuthority } from '../configuration.js';
import { describeAuthority, printAuthority } from '../describe.js';
import { PASSPHRASE, inFile, readKeyFile } from '../key-file.js';
import { jsonOption } from '../../options.js';

const HELP = `
If the key is encrypted, its passphrase is read from ${PASSPHRASE}. A folder
stores the key encrypted with MG_PROVISION_AUTHORITY_PASSPHRASE, if that is set. The database stores
it encrypted with the state key.

Examples:
  $ chmod 600 issuing.key
  $ provision ca import --certificate issuing-and-root.pem --key issuing.key`;

export const importCommand = (): Command =>
  new Command('import')
    .description('import an authority that was created elsewhere')
    .requiredOption(
      '--certificate <file>',
      'its certificate and all above it, up to the root, as PEM; or a single one as DER',
    )
    .requiredOption('--key <file>', 'its private key, PEM or DER; only its owner may read the file')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(importAuthority);

interface ImportOptions {
  readonly certificate: string;
  readonly key: string;
  readonly json?: boolean;
}

async function importAuthority(options: ImportOptions): Promise<void> {
  const config = configuration();
  const now = Date.now();
  const key = readKeyFile(options.key);
  const { certificate, chain } = await load(options.certificate, key, now);
  await withNewAuthority(config, async (authority) => {
    await adoptAuthority(authority, { certificate, key }, chain);
    printAuthority(await describeAuthority(authority, config, now), options);
  });
}

async function load(file: string, key: KeyObject, now: number): Promise<IssuingAuthority> {
  try {
    const bundle = readCertificateBundle(readFileSync(file));
    const signer = keySigner(key);
    // Bundles come in either order; without a match, loadAuthority says what is wrong.
    const certificate = bundle.find(({ publicKey }) => publicKey.equals(signer.publicKey)) ?? bundle[0]!;
    return await loadAuthority({
      certificate,
      signer,
      chain: bundle.filter((each) => each !== certificate),
      now,
    });
  } catch (error) {
    throw inFile(file, error);
  }
}
