import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** New folders, and all of them removed by one call. */
export function folders(): { make(): string; remove(): void } {
  const made: string[] = [];
  return {
    make() {
      const folder = mkdtempSync(join(tmpdir(), 'provision-agent-'));
      made.push(folder);
      return folder;
    },
    remove() {
      for (const folder of made) rmSync(folder, { recursive: true, force: true });
    },
  };
}
