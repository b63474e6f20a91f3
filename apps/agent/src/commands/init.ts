import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeFileSystem, writePrivate } from '@org/device';
import { defaultSettingsFile } from '@org/device/settings';
import { ProvisionError } from '@org/domain';
import { readCertificateBundle } from '@org/x509';
import { EXIT } from '../exit-codes.js';
import { print } from '../output/print.js';
import { type Where, settingsPath } from '../settings/read.js';

export interface InitOptions {
  /** Address of the server's EnrolmentService. */
  readonly server?: string;
  /** SHA-256 of the root to trust, or a file with it. */
  readonly root?: string;
  /** Replaces the settings file that is there. */
  readonly force?: boolean;
}

/** `provision-agent init` */
export async function init(where: Where, { server, root, force = false }: InitOptions): Promise<number> {
  const { path } = settingsPath(where);
  const rootFingerprint = root === undefined ? undefined : fingerprintOf(root);
  await write(path, defaultSettingsFile({ grpcUrl: server, rootFingerprint }), force);
  const missing = [
    ...(server === undefined ? ['where the server is (provisioning.grpc_url)'] : []),
    ...(root === undefined ? ['which root to trust (provisioning.root_fingerprint)'] : []),
  ];
  const todo = missing.length > 0 ? ` Say in it ${missing.join(', and ')}.` : '';
  print(`${path} is written.${todo}\nThen: provision-agent doctor, provision-agent enrol.`);
  return EXIT.DONE;
}

/** A file that is there is read; what is no file is to be a fingerprint. */
function fingerprintOf(root: string): string {
  if (!existsSync(root)) return root;
  const certificates = readRoot(root);
  const own = certificates.filter(({ x509 }) => x509.checkIssued(x509));
  if (own.length === 1) return own[0]!.fingerprint;
  throw invalidRoot(
    root,
    own.length === 0 ? 'there is no root certificate in it' : 'there are several in it',
  );
}

function readRoot(file: string): ReturnType<typeof readCertificateBundle> {
  try {
    return readCertificateBundle(readFileSync(file, 'utf8'));
  } catch {
    throw invalidRoot(file, 'it cannot be read as PEM text of certificates');
  }
}

const invalidRoot = (file: string, why: string): ProvisionError =>
  new ProvisionError({
    kind: 'invalid',
    code: 'settings_invalid',
    message: `--root ${file}: ${why}; name a file with the root certificate of the server, or its SHA-256`,
  });

/** Private, as it may come to hold a token or keys; whole or not at all; over an existing file only by force. */
async function write(path: string, text: string, force: boolean): Promise<void> {
  const files = nodeFileSystem();
  if (!force && (await files.facts(path))) {
    throw new ProvisionError({
      kind: 'conflict',
      code: 'settings_exist',
      message: `${path} exists already, and is left as it is; choose another path with --settings, or replace it with --force`,
    });
  }
  await writePrivate(files, path, text);
  await shareWithService(path);
}

/** What root writes into a folder of another group, such as /etc/provision-agent, is for the service in that group. */
async function shareWithService(path: string): Promise<void> {
  const { gid } = await stat(dirname(path));
  if (process.getuid?.() !== 0 || gid === 0) return;
  await chown(path, 0, gid);
  await chmod(path, 0o640);
}
