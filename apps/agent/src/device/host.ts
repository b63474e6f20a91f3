import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, writePrivate } from '@org/device';

/**
 * What tells one device from another, most telling first. A serial number outlives a new installation; a machine id is
 * of the installation, and each gets its own unless an image with one is copied.
 */
const SOURCES = {
  serial: '/proc/device-tree/serial-number',
  machineId: '/etc/machine-id',
} as const;

/** SHA-256 of each; what the device does not tell is left out. */
type Host = { readonly [source in keyof typeof SOURCES]?: string };

const noteIn = (state: string): string => join(state, 'host.json');

/**
 * Whether the state in this folder began on another device: on one that a disk image was taken of.
 *
 * @throws ProvisionError see FileSystem
 */
export async function isCopied(state: string, files: FileSystem): Promise<boolean> {
  const noted = parse(await files.read(noteIn(state)));
  return noted !== undefined && differ(noted, await thisHost());
}

/**
 * Notes which device this is, unless it is noted as that.
 *
 * @throws ProvisionError see FileSystem
 */
export async function noteHost(state: string, files: FileSystem): Promise<void> {
  const text = `${JSON.stringify(await thisHost())}\n`;
  if ((await files.read(noteIn(state))) !== text) await writePrivate(files, noteIn(state), text);
}

/** @throws ProvisionError see FileSystem */
export const forgetHost = (state: string, files: FileSystem): Promise<void> => files.remove(noteIn(state));

function differ(noted: Host, now: Host): boolean {
  const told = (['serial', 'machineId'] as const).find((source) => noted[source] && now[source]);
  return told !== undefined && noted[told] !== now[told];
}

async function thisHost(): Promise<Host> {
  const hashes = Object.entries(SOURCES).map(async ([source, path]) => {
    // Device trees end texts with a zero.
    const text = (await readFile(path, 'utf8').catch(() => '')).replaceAll('\0', '').trim();
    return text === ''
      ? []
      : [[source, createHash('sha256').update(`provision-agent ${text}`).digest('hex')]];
  });
  return Object.fromEntries((await Promise.all(hashes)).flat()) as Host;
}

/** What cannot be read is as good as not there. */
function parse(text: string | undefined): Host | undefined {
  try {
    return (text && (Object(JSON.parse(text)) as Host)) || undefined;
  } catch {
    return undefined;
  }
}
