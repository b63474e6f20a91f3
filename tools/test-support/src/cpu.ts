/** Milliseconds of CPU that some work takes: other than the time of day, it does not grow when the machine is busy. */
export function cpuMs(work: () => unknown): number {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1_000;
}
