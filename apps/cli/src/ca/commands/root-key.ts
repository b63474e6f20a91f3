import { openSync, closeSync, writeFileSync } from 'node:fs';
import { type ErrorCode, ProvisionError, type Secret } from '@org/domain';
import { type ParsedCertificate, exportPrivateKey, keySigner, readPrivateKey } from '@org/x509';
import { DatabaseAuthority, existingAnchors } from '@org/store';
import { Command } from 'commander';
import { configuration, withStore } from '../configuration.js';
import { keyPassphrase, readKeyFile } from '../key-file.js';
import { print } from '../../print.js';

const HELP = `
For an authority in the database. In a folder the root's key is a file, which "provision ca show"
names: move that file. The key is needed only for "provision ca succeed".

Examples:
  $ provision ca root-key take /media/safe/root.key
  $ provision ca root-key put /media/safe/root.key`;

const TAKE_HELP = `
The file is encrypted if MG_PROVISION_AUTHORITY_KEY_PASSPHRASE is set. It is written completely
before the key is removed.

Examples:
  $ provision ca root-key take /media/safe/root.key`;

const PUT_HELP = `
If the file is encrypted, its passphrase is read from MG_PROVISION_AUTHORITY_KEY_PASSPHRASE. The
file is not changed.

Examples:
  $ provision ca root-key put /media/safe/root.key`;

export const rootKeyCommand = (): Command =>
  new Command('root-key')
    .description("take the root's private key out of the database, or put it back")
    .addHelpText('after', HELP)
    .addCommand(
      new Command('take')
        .argument('<file>', 'new file; only its owner will be able to read it')
        .description('write the key to a file, and remove it from the database')
        .addHelpText('after', TAKE_HELP)
        .action(take),
    )
    .addCommand(
      new Command('put')
        .argument('<file>', 'file with the key; only its owner may read it')
        .description('put the key back into the database')
        .addHelpText('after', PUT_HELP)
        .action(put),
    );

const take = (file: string): Promise<void> =>
  withRoot(async (authority, root) => {
    const wasHere = await authority.takeKey(root, (pem) => writeKeyFile(file, pem));
    if (!wasHere) throw refusal('root_key_missing', "the root's key is not in the database");
    print(`The root's key is now only in ${file}. Keep it in a safe place.\n`);
  });

const put = (file: string): Promise<void> =>
  withRoot(async (authority, root) => {
    const key = readKeyFile(file);
    if (!keySigner(key).publicKey.equals(root.publicKey))
      throw refusal('authority_key_mismatch', `${file}: this is not the key of the current root`);
    await authority.putKey({ certificate: root, key });
    print("The root's key is in the database again.\n");
  });

async function withRoot(
  work: (authority: DatabaseAuthority, root: ParsedCertificate) => Promise<void>,
): Promise<void> {
  const config = configuration();
  if (config.authority.store === 'folder')
    throw refusal(
      'authority_elsewhere',
      `${config.authority.path}: the authority is in this folder, and its root's key is a file there; move that file`,
    );
  await withStore(config, async ({ authority: record }) => {
    const authority = new DatabaseAuthority(record);
    await work(authority, (await existingAnchors(authority)).current.at(-1)!);
  });
}

function writeKeyFile(file: string, pem: Secret): void {
  const key = exportPrivateKey(readPrivateKey(pem), keyPassphrase());
  const opened = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(opened, key.reveal(), { flush: true });
  } finally {
    closeSync(opened);
  }
}

const refusal = (code: ErrorCode, message: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message });
