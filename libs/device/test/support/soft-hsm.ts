import { join } from 'node:path';
import { type Pkcs11Options, nodeFileSystem } from '../../src/index.js';
import { type SoftHsm, makeSoftHsm } from '../../src/testing/index.js';
import { aFolder } from './folder.js';

export interface UnderTest extends Pick<SoftHsm, 'privateKeys' | 'pkcs11Tool'> {
  readonly options: Pkcs11Options;
}

/** A new token of SoftHSM, and where notes about it are. */
export async function aSoftHsm(): Promise<UnderTest> {
  const folder = aFolder();
  const { module, token, pin, env, ...tools } = await makeSoftHsm(folder, process.env);
  return {
    options: {
      ...{ module, token, pin, env: { PATH: process.env['PATH'], ...env } },
      ...{ notePath: join(folder, 'state', 'keys.json'), files: nodeFileSystem() },
    },
    ...tools,
  };
}
