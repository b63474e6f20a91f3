import { type NetworkLevel, cappedNetworks, networkWithin } from './address-path.js';

/** How many may wait at a time. */
export interface Caps extends Readonly<Record<NetworkLevel, number>> {
  readonly overAll: number;
}

export type CapLevel = keyof Caps;

/** How many wait: in all, and in each network of `cappedNetworks`, by its path. */
export interface Crowd {
  readonly overAll: number;
  readonly within: ReadonlyMap<string, number>;
}

/** What has no room for a newcomer. */
interface FullNetwork {
  readonly level: CapLevel;
  /** The beginning of its addresses' paths; empty for all there are. */
  readonly path: string;
}

/** The narrowest network around a newcomer that is full; undefined when there is room. @param newcomer its path */
export function fullNetwork(newcomer: string, crowd: Crowd, caps: Caps): FullNetwork | undefined {
  const full = cappedNetworks(newcomer).filter(
    ({ path, level }) => (crowd.within.get(path) ?? 0) >= caps[level],
  );
  const narrowest = full.at(-1);
  if (narrowest) return narrowest;
  return crowd.overAll >= caps.overAll ? { path: '', level: 'overAll' } : undefined;
}

/** Those of one address who wait and may be displaced. */
export interface Load {
  /** By `addressPath`. */
  readonly path: string;
  readonly count: number;
  /** When the one of them that has waited longest has had its time. */
  readonly end: number;
}

/**
 * Who makes room for a newcomer in a full network: an address in the heaviest network within it; of equally heavy ones that
 * whose first is over soonest. Weighed are the widest networks first, then those within the heaviest of them, and so on. The
 * newcomer's own network counts as the heaviest unless another has at least two more, or his own has none. So each network,
 * not each address, has its share, and a flood stops no one else.
 *
 * @param within path of the full network
 * @returns the path of an address; undefined when the newcomer's own has as many as any
 */
export function whoMakesRoom(loads: readonly Load[], newcomer: string, within: string): string | undefined {
  const inside = loads.filter(({ path }) => path.startsWith(within) && path !== within);
  return inside.length === 0 ? undefined : relieved(inside, { path: within, newcomer });
}

interface Part {
  readonly path: string;
  readonly loads: Load[];
  count: number;
  end: number;
}

interface Whole {
  readonly path: string;
  /** His path; undefined once the way has left his networks. */
  readonly newcomer: string | undefined;
}

function relieved(loads: readonly Load[], { path: whole, newcomer }: Whole): string | undefined {
  const parts = partsOf(loads, whole);
  const heaviest = parts.reduce((one, other) => (isHeavier(other, one) ? other : one));
  const own = newcomer === undefined ? undefined : networkWithin(newcomer, whole);
  const mine = parts.find(({ path }) => path === own);
  const next = mine && heaviest.count < mine.count + 2 ? mine : heaviest;
  const isAddress = next.loads[0]!.path === next.path;
  if (isAddress) return next === mine ? undefined : next.path;
  return relieved(next.loads, { path: next.path, newcomer: next === mine ? newcomer : undefined });
}

/** The networks directly within one. */
function partsOf(loads: readonly Load[], whole: string): readonly Part[] {
  const parts = new Map<string, Part>();
  for (const load of loads) {
    const path = networkWithin(load.path, whole);
    const part = parts.get(path) ?? { path, loads: [], count: 0, end: Infinity };
    part.loads.push(load);
    part.count += load.count;
    part.end = Math.min(part.end, load.end);
    parts.set(path, part);
  }
  return [...parts.values()];
}

const isHeavier = (one: Part, other: Part): boolean =>
  one.count > other.count || (one.count === other.count && one.end < other.end);
