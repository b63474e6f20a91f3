import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const killers: (() => void)[] = [];

export const killProcesses = (): void => killers.splice(0).forEach((kill) => kill());

/**
 * Starts a script of this folder, which is to say that it is ready and then to wait for a line on stdin.
 *
 * @returns lets it go on; resolves with how it ended
 */
export async function readyProcess(script: string, ...args: string[]) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args]);
  killers.push(() => child.kill('SIGKILL'));
  const ended = once(child, 'close') as Promise<[code: number | null, signal: string | null]>;
  const trouble = text(child.stderr);
  await Promise.race([once(child.stdout, 'data'), ended]);
  const said = text(child.stdout);
  return async () => {
    child.stdin.end('go\n');
    const [code, signal] = await ended;
    return { code, signal, said: await said, trouble: await trouble };
  };
}

/** Starts several, and lets them go on at the same time. */
export async function together(count: number, script: string, ...args: string[]) {
  const ready = await Promise.all(Array.from({ length: count }, () => readyProcess(script, ...args)));
  return Promise.all(ready.map((go) => go()));
}
