import { dirname } from 'node:path';
import { nodeFileSystem } from '@org/device';

/** The folder, or the one above it that exists. */
export async function nearestFolder(folder: string): Promise<string> {
  for (let each = folder; ; each = dirname(each)) {
    if (each === dirname(each) || (await nodeFileSystem().facts(each))) return each;
  }
}
