import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a call came to: a gRPC status, 0 for an answer, and the text of an error. */
export interface Outcome {
  readonly code: number;
  readonly details?: string;
}

/** Gives up what root may do, once everything is loaded: the folders of the modules may be closed to others. */
const PROGRAM = `
const { Client, credentials } = require('@grpc/grpc-js');
if (process.getuid() === 0) {
  process.setgroups([]);
  process.setgid(65534);
  process.setuid(65534);
}
const [target, ...paths] = process.argv.slice(1);
const client = new Client(target, credentials.createInsecure());
const call = (path) =>
  new Promise((resolve) =>
    client.makeUnaryRequest(path, (x) => x, (x) => x, Buffer.alloc(0), { deadline: Date.now() + 120_000 }, (error) =>
      resolve({ code: error?.code ?? 0, details: error?.details }),
    ),
  );
(async () => {
  const outcomes = [];
  for (const path of paths) outcomes.push(await call(path));
  console.log(JSON.stringify(outcomes));
  client.close();
})();
`;

/** Has another user of this device make calls, one after the other: no one where this is root, else the same one. */
export async function callAsOther(target: string, paths: readonly string[]): Promise<readonly Outcome[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM, target, ...paths], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    // Jest's own flags are not this program's.
    env: { PATH: process.env['PATH'] },
  });
  return JSON.parse(stdout) as Outcome[];
}
