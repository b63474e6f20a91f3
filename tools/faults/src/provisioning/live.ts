import { type Emulator, LIVE_PACE, LIVE_STALENESS, startEmulator } from '@org/magistrala-emulator';
import type { Cleanup } from '@org/harness';

/** Live it is one in 300. A run makes a few thousand things, and is to meet every place at which a check can miss one. */
const CHANCE = 1 / 8;

let started = 0;

/**
 * An emulator that takes as long over configurations as a live Magistrala, and whose checks miss what was just created
 * for as long; each started one by another seed.
 */
export async function startLive(cleanup: Cleanup): Promise<Emulator> {
  const emulator = await startEmulator({
    certKey: 'ec',
    seed: ++started,
    configurationPace: LIVE_PACE,
    staleChecks: { ...LIVE_STALENESS, chance: CHANCE },
  });
  cleanup.defer(() => emulator.close());
  return emulator;
}
