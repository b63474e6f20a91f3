import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../dist/index.js';

/** For `--store` of the benchmark in libs/pki: certificates in a SQLite file of its own. */
export default async function openCertificates() {
  const folder = mkdtempSync(join(tmpdir(), 'provision-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const { certificates } = await openStore({ path: join(folder, 'state.db'), key: undefined });
  return certificates;
}
