import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding, Patient } from './finding.js';
import { nearestFolder } from './nearest-folder.js';

const check = 'space';
const MIB = 1024 * 1024;
/** The files of an identity, twice over, are some 50 kB. */
const LEAST = MIB;
const COMFORTABLE = 16 * MIB;

export async function checkSpace({ settings }: Patient): Promise<readonly Finding[]> {
  const { state, cert, privateKey } = settings.paths;
  const folders = [state, dirname(cert), dirname(privateKey), dirname(settings.bootstrap.cachePath)];
  const existing = new Set(await Promise.all(folders.map(nearestFolder)));
  const found = await Promise.all([...existing].map(spaceIn));
  const short = found.filter(({ result }) => result !== 'ok');
  return short.length > 0 ? short : found.slice(0, 1);
}

async function spaceIn(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const message = `${folder}: ${(free / MIB).toFixed(free < COMFORTABLE ? 1 : 0)} MiB free`;
  if (free >= COMFORTABLE) return { check, result: 'ok', message };
  const advice = 'Free some space: without it, nothing new can be stored. What is stored stays as it is.';
  return { check, result: free < LEAST ? 'fail' : 'warn', message, advice };
}
