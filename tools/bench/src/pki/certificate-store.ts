import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateStore } from '@org/pki';
import { openStore } from '@org/store';

/** Certificates in a SQLite file of its own, removed when the process ends. */
export async function openCertificates(): Promise<CertificateStore> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const { certificates } = await openStore({ path: join(folder, 'state.db'), key: undefined });
  return certificates;
}
