import { once } from 'node:events';

/** Makes an authority in a folder as soon as it is told to on stdin, and says whether it did, or that there is one. */
async function found(path: string): Promise<void> {
  // As it is built: node by itself does not run what is in src.
  const { AuthorityFolder, createAuthority } = await import('../../dist/index.js');
  console.log('ready');
  await once(process.stdin, 'data');
  const plan = { organization: 'Test', algorithm: 'P-256', now: Date.now() } as const;
  const made = createAuthority(new AuthorityFolder(path, undefined), plan);
  console.log(
    await made.then(
      () => 'made',
      ({ code }: { code?: string }) => code,
    ),
  );
  process.exit();
}

if (import.meta.main) await found(process.argv[2]!);
