import { openSync, closeSync, writeFileSync } from 'node:fs';
import { type ErrorCode, ProvisionError, type Secret } from '@org/domain';
import { type ParsedCertificate, exportPrivateKey, keySigner, readPrivateKey } from '@org/pki';
import { DatabaseAuthority, existingAnchors } from '@org/store';
import { Command } from 'commander';
import { configuration, withStore } from '../configuration.js';
import { keyPassphrase, readKeyFile } from '../key-file.js';
import { print } from '../../print.js';

const EXAMPLE = `
For an authority in the database. In a folder it is a file, which "show" names: move that. The root's key is
needed for "succeed" only. The file is encrypted with MG_PROVISION_AUTHORITY_KEY_PASSPHRASE where that is set.

Example:
  $ provision ca root-key take /media/safe/root.key
  $ provision ca root-key put /media/safe/root.key`;

export const rootKeyCommand = (): Command =>
  new Command('root-key')
    .description("take the root's key out of the database, or put it back")
    .addHelpText('after', EXAMPLE)
    .addCommand(
      new Command('take')
        .argument('<file>', 'a new one, for its owner only')
        .description('write it to a file, and remove it from the database')
        .action(take),
    )
    .addCommand(
      new Command('put')
        .argument('<file>', 'readable by its owner only')
        .description('put it back from a file')
        .action(put),
    );

const take = (file: string): Promise<void> =>
  withRoot(async (authority, root) => {
    const wasHere = await authority.takeKey(root, (pem) => writeKeyFile(file, pem));
    if (!wasHere) throw refusal('root_key_missing', "the root's key is not in the database");
    print(`The root's key is in ${file} now, and nowhere else. Keep it in a safe place.\n`);
  });

const put = (file: string): Promise<void> =>
  withRoot(async (authority, root) => {
    const key = readKeyFile(file);
    if (!keySigner(key).publicKey.equals(root.publicKey))
      throw refusal('authority_key_mismatch', `${file}: this is not the key of the present root`);
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
      `${config.authority.path}: the authority is kept in this folder, its root's key in a file of it; move that file`,
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
