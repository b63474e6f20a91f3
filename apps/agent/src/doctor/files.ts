import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeFileSystem } from '@org/device';
import type { Finding, Patient } from './finding.js';
import { nearestFolder } from './nearest-folder.js';

const check = 'files';

/** Whether the files of the identity can be read and written, and no one else can get at the key. */
export async function checkFiles({ settings, device }: Patient): Promise<readonly Finding[]> {
  const { state, ...files } = settings.paths;
  const { cachePath, configPath } = settings.bootstrap;
  const paths = [...Object.values(files), cachePath, configPath];
  // A root that someone has put there is only read, until the authority has another. What cannot be read is found below.
  const isPinned = await device.store.rootIsPinned().catch(() => false);
  const written = paths.filter((path) => path !== files.root || !isPinned);
  const folders = await Promise.all([...written.map((path) => dirname(path)), state].map(nearestFolder));
  const found = [
    ...(await Promise.all(paths.map(notAFile))),
    ...(await Promise.all([...new Set(folders)].map(notWritable))),
    isPinned ? await fixedRoot(files.root) : undefined,
    await exposed(files.privateKey),
  ].filter((each) => each !== undefined);
  return found.length > 0 ? found : [{ check, result: 'ok', message: 'all can be read and written' }];
}

async function notAFile(path: string): Promise<Finding | undefined> {
  const facts = await nodeFileSystem().facts(path);
  if (facts === undefined || facts.kind === 'file') return undefined;
  return {
    check,
    result: 'fail',
    message: `${path}: there is a folder or a device where a file should be`,
    advice: 'Move it away, or choose another path in the settings.',
  };
}

async function notWritable(existing: string): Promise<Finding | undefined> {
  try {
    await access(existing, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const isReadOnly = (error as NodeJS.ErrnoException).code === 'EROFS';
    return {
      check,
      result: 'fail',
      message: `${existing}: nothing can be written there${isReadOnly ? ', as the file system is read-only' : ''}`,
      advice: isReadOnly
        ? 'Mount it writable, or choose other paths in the settings.'
        : `Give it to the user of the agent (chown ${process.getuid?.() ?? ''} ${existing}), or run the agent as its owner.`,
    };
  }
}

/** Such a device enrols and renews like any other, until the authority has another root. */
async function fixedRoot(root: string): Promise<Finding | undefined> {
  if (!(await notWritable(dirname(root)))) return undefined;
  return {
    check,
    result: 'warn',
    message: `${root}: the pinned root certificate cannot be replaced: when the authority gets a new root, this device can no longer renew`,
    advice: 'Have it in a folder that the agent can write to (provisioning.paths.root.cert).',
  };
}

async function exposed(key: string): Promise<Finding | undefined> {
  const facts = await nodeFileSystem().facts(key);
  if (!facts || !(facts.mode & 0o077)) return undefined;
  return {
    check,
    result: 'fail',
    message: `${key}: others can use this private key (mode ${facts.mode.toString(8)})`,
    advice: `chmod 600 ${key}; if someone may have copied it: provision-agent deprovision, then enrol again.`,
  };
}
