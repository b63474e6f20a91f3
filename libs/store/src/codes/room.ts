import {
  type CapLevel,
  type Caps,
  type Load,
  cappedNetworks,
  fullNetwork,
  whoMakesRoom,
} from '@org/code-issuance';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from '../schema.js';

/** Rows that wait for something, as parts of statements. */
export interface Queue {
  /** `… where …`: those that count. */
  readonly counted: RawBuilder<unknown>;
  /** `… where …`: those of them that may be displaced. */
  readonly displaceable: RawBuilder<unknown>;
  /** Columns: the path of their address, and when their time is over. */
  readonly path: string;
  readonly end: string;
}

export interface Newcomer {
  /** By `addressPath`. */
  readonly path: string;
  readonly caps: Caps;
  /** Paths of rows that count, but whose place he takes. */
  readonly replaces?: readonly string[];
}

type Room =
  | { readonly displace: undefined }
  /** The path of the address that has to make room, as `level` is full. */
  | { readonly displace: string; readonly level: CapLevel }
  | { readonly full: CapLevel };

export async function roomFor(db: Kysely<Schema>, queue: Queue, newcomer: Newcomer): Promise<Room> {
  const { path, caps } = newcomer;
  const full = fullNetwork(path, await crowdOf(db, queue, newcomer), caps);
  if (!full) return { displace: undefined };
  const displace = whoMakesRoom(await loadsOf(db, queue, newcomer), path, full.path);
  return displace === undefined ? { full: full.level } : { displace, level: full.level };
}

/** How many wait, without those whose place the newcomer takes. */
export async function crowdOf(db: Kysely<Schema>, queue: Queue, { path, replaces = [] }: Newcomer) {
  const networks = cappedNetworks(path);
  const counts = networks.map(
    (network, n) =>
      sql`, count(*) filter (where ${isWithin(queue.path, network.path)}) as ${sql.ref(`n${n}`)}`,
  );
  const look = sql<
    Record<string, number>
  >`select count(*) as total ${sql.join(counts, sql``)} from ${queue.counted}`;
  const row = (await look.execute(db)).rows[0]!;
  const replacedIn = (network: string) => replaces.filter((each) => each.startsWith(network)).length;
  return {
    overAll: row['total']! - replaces.length,
    within: new Map(networks.map((network, n) => [network.path, row[`n${n}`]! - replacedIn(network.path)])),
  };
}

async function loadsOf(
  db: Kysely<Schema>,
  { displaceable, path, end }: Queue,
  { replaces = [] }: Newcomer,
): Promise<Load[]> {
  const [column, time] = [sql.ref(path), sql.ref(end)];
  const look = sql<Load>`select ${column} as path, count(*) as count, min(${time}) as ${sql.ref('end')}
    from ${displaceable} group by ${column}`;
  const { rows } = await look.execute(db);
  return replaces.length === 0 ? rows : without(rows, replaces);
}

const without = (loads: readonly Load[], replaced: readonly string[]): Load[] =>
  loads
    .map((load) => ({ ...load, count: load.count - replaced.filter((path) => path === load.path).length }))
    .filter(({ count }) => count > 0);

/** Paths are of fixed width, so that a network is the beginning of those within it. */
export const isWithin = (column: string, network: string): RawBuilder<boolean> =>
  sql`substr(${sql.ref(column)}, 1, ${sql.lit(network.length)}) = ${network}`;
