import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Cleanup } from '@org/harness';
import { startPostgres } from '@org/harness/postgres';

/** Gives each lane a state of its own. @returns variables of the app */
export type NewState = (folder: string) => Promise<Record<string, string>>;

export const sqlite: NewState = async (folder) => ({ MG_PROVISION_STATE_PATH: join(folder, 'state.db') });

export async function postgres(cleanup: Cleanup): Promise<NewState> {
  const newDatabase = await startPostgres(cleanup);
  return async () => ({
    MG_PROVISION_DATABASE_URL: await newDatabase(),
    MG_PROVISION_STATE_KEY: randomBytes(32).toString('hex'),
  });
}
