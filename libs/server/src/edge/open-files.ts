import type { Logger } from '../observability/logger.js';

/** Files that a process needs beside its callers' connections: database, log, calls to other services. */
const RESERVED = 96;
const FEWEST = 8;

/** How many files this process may have open; infinite where the system does not say. */
function openFileLimit(): number {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean };
  const { excludeNetwork } = report;
  // It would look the names of connections up.
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
  };
  Object.assign(report, { excludeNetwork });
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isNaN(soft) ? Infinity : soft;
}

/**
 * As many connections as are configured, or as the process may have: past that the system would accept none at all, and
 * tell no one.
 */
export function affordableConnections(wanted: number, logger: Logger, openFiles = openFileLimit()): number {
  const possible = Math.max(openFiles - RESERVED, FEWEST);
  if (wanted <= possible) return wanted;
  logger.warn(
    { setting: 'MG_PROVISION_MAX_CONNECTIONS', wanted, open_files: openFiles, connections: possible },
    'too few open files allowed (ulimit -n); lowering the connection limit',
  );
  return possible;
}
