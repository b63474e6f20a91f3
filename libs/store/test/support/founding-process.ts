import { once } from 'node:events';

/**
 * Makes the authority of an installation as soon as it is told to on stdin, and says whether it did, or that there is one.
 *
 * @param path of the SQLite file
 * @param folder of the authority; undefined: it is kept in the database
 */
async function found(path: string, folder: string | undefined): Promise<void> {
  // As it is built: node by itself does not run what is in src.
  const { AuthorityFolder, DatabaseAuthority, RecordedFolder, createAuthority, openStore } =
    await import('../../dist/index.js');
  const { authority: record } = await openStore({ path, key: undefined });
  const store = folder
    ? new RecordedFolder(new AuthorityFolder(folder, undefined), record)
    : new DatabaseAuthority(record);
  console.log('ready');
  await once(process.stdin, 'data');
  const made = createAuthority(store, { organization: 'Test', algorithm: 'P-256', now: Date.now() });
  console.log(
    await made.then(
      () => 'made',
      ({ code }: { code?: string }) => code,
    ),
  );
  process.exit();
}

if (import.meta.main) await found(process.argv[2]!, process.argv[3]);
