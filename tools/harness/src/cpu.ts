import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { rounded } from './statistics.js';

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** Milliseconds of processor time that a process has used; undefined where the system does not tell. */
export function cpuMs(pid: number): number | undefined {
  try {
    // The name, in parentheses, may hold spaces; user and system time are the 14th and 15th field (proc_pid_stat(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** Milliseconds that all cores together have worked, and that they have been there for. */
function machineMs(): { readonly busy: number; readonly total: number } {
  const times = cpus().map(({ times }) => times);
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return { busy, total: times.reduce((sum, { idle }) => sum + idle, busy) };
}

export interface Spent {
  /** Milliseconds of processor time for one piece of work, by process; empty where the system does not tell. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Per cent of the machine's processor time that went elsewhere; undefined where the system does not tell. */
  readonly othersPercent: number | undefined;
}

/**
 * Starts to count processor time; the function returned ends that.
 *
 * @param processes their ids, by the name that they are to have
 */
export function measureCpu(processes: Readonly<Record<string, number>>): (done: number) => Spent {
  const used = () => Object.entries(processes).map(([name, pid]) => [name, cpuMs(pid)] as const);
  const [before, machineBefore] = [new Map(used()), machineMs()];
  return (done) => {
    const machine = machineMs();
    const ours = used().flatMap(([name, ms]): [string, number][] =>
      ms === undefined ? [] : [[name, ms - before.get(name)!]],
    );
    if (ours.length === 0) return { cpuMs: {}, othersPercent: undefined };
    const sum = ours.reduce((total, [, ms]) => total + ms, 0);
    const others = machine.busy - machineBefore.busy - sum;
    return {
      cpuMs: Object.fromEntries(ours.map(([name, ms]) => [name, rounded(ms / done)])),
      othersPercent: Math.max(0, Math.round((others / (machine.total - machineBefore.total)) * 100)),
    };
  };
}
