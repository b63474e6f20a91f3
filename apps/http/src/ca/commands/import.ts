import { readFileSync } from 'node:fs';
import { ProvisionError, Secret, isProvisionError } from '@org/domain';
import {
  type IssuingAuthority,
  keySigner,
  loadAuthority,
  readCertificateBundle,
  readPrivateKey,
  trustAnchors,
} from '@org/pki';
import type { KeyObject } from 'node:crypto';
import { Command } from 'commander';
import { authorityFolder, configuration } from '../configuration.js';
import { describeAuthority, printAuthority } from '../describe.js';
import { keyFileState } from '../key-file.js';
import { jsonOption } from '../options.js';
import { surroundings } from '../../surroundings.js';

const PASSPHRASE = 'MG_PROVISION_AUTHORITY_KEY_PASSPHRASE';

const EXAMPLE = `
An encrypted key is opened with the passphrase in ${PASSPHRASE}. In the authority's folder it is
encrypted with MG_PROVISION_AUTHORITY_PASSPHRASE, if there is one.

Example:
  $ chmod 600 issuing.key
  $ provision-ca import --certificate issuing-and-root.pem --key issuing.key`;

export const importCommand = (): Command =>
  new Command('import')
    .description('take over an authority made elsewhere')
    .requiredOption(
      '--certificate <file>',
      'its certificate and those above it, up to the root; PEM, or DER for one alone',
    )
    .requiredOption('--key <file>', 'its private key, PEM or DER, readable by its owner only')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(importAuthority);

interface ImportOptions {
  readonly certificate: string;
  readonly key: string;
  readonly json?: boolean;
}

async function importAuthority(options: ImportOptions): Promise<void> {
  const config = configuration();
  const folder = authorityFolder(config);
  if (folder.exists())
    throw refusal(
      'authority_exists',
      `${folder.path}: there is an authority here already; name another folder`,
    );
  const now = Date.now();
  const key = readKey(options.key);
  const { certificate, chain } = await load(options.certificate, key, now);
  folder.saveKey(certificate, key);
  folder.saveAnchors(trustAnchors([certificate, ...chain]));
  printAuthority(describeAuthority(folder, config, now), options);
}

function readKey(file: string): KeyObject {
  if (keyFileState(file) === 'exposed')
    throw refusal(
      'key_file_exposed',
      `${file}: others may read or change it; if nobody has, chmod 600 it and try again`,
    );
  const passphrase = surroundings.env[PASSPHRASE];
  try {
    return readPrivateKey(readFileSync(file), passphrase ? new Secret(passphrase) : undefined);
  } catch (error) {
    throw inFile(file, error);
  }
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

const HINTS: Readonly<Record<string, string>> = {
  chain_incomplete: ' The file must hold every certificate up to the root.',
  key_passphrase_required: ` Put it into ${PASSPHRASE}.`,
  key_passphrase_wrong: ` It is taken from ${PASSPHRASE}.`,
};

/** The same error, with the file, the certificate's dates where they are the matter, and what helps. */
function inFile(file: string, error: unknown): unknown {
  if (!isProvisionError(error)) return error;
  const { notBefore, notAfter } = error.details ?? {};
  const dates =
    notAfter === undefined ? '' : ` It is valid from ${String(notBefore)} to ${String(notAfter)}.`;
  return refusal(error.code, `${file}: ${error.message}${dates}${HINTS[error.code] ?? ''}`);
}

const refusal = (code: string, message: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message });
