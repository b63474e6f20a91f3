import { spawn } from 'node:child_process';

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a built command. @param program path */
export function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  const ended = new Promise<Ran>((resolve) => child.once('close', (code) => resolve({ code, ...output })));
  /** Resolves with what was printed so far, as soon as it holds the text. */
  const printed = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => output.stdout.includes(text) && resolve(output.stdout);
      child.stdout.on('data', look);
      void ended.then(({ stderr }) => reject(new Error(`ended without printing "${text}": ${stderr}`)));
      look();
    });
  return { ended, printed, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

export const run = (...args: Parameters<typeof start>): Promise<Ran> => start(...args).ended;
