import type { ProvisionError } from '@org/domain';
import { outage } from './outage.js';

/** What a process has to do with its database, for metrics. */
export class DatabaseActivity {
  /** How often since the start the database did not do what it was asked. */
  outages = 0;
  /** Of PostgreSQL; SQLite has one connection. */
  pool: DatabasePool | undefined;

  /** As `outage`, and counts it. */
  outage(cause: unknown): ProvisionError {
    this.outages += 1;
    return outage(cause);
  }
}

/** Connections; fits the driver's pool. */
export interface DatabasePool {
  readonly totalCount: number;
  readonly idleCount: number;
  /** Queries that wait for a connection. */
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}
