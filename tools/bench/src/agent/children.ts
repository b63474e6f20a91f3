import type { ChildProcess } from 'node:child_process';

const alive = new Set<ChildProcess>();

/** Must not outlive this process, however that ends. */
export function mindChild<T extends ChildProcess>(child: T): T {
  alive.add(child);
  child.once('close', () => alive.delete(child));
  return child;
}

process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
