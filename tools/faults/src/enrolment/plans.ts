import type { Target } from '../provisioning/healthy.js';
import type { EnrolmentLane } from './lane.js';
import { type Struck, strikeAtCalls, strikeAtRandom, strikeAtWrites, strikeBetween } from './strike.js';

/** Kills that happen in one lane, one after the other. */
export interface Plan {
  readonly name: string;
  /** Of both apps. */
  readonly settings: Readonly<Record<string, string>>;
  readonly strike: (lane: EnrolmentLane, surroundings: StrikeContext) => Promise<Struck[]>;
}

interface StrikeContext {
  /** The calls to the platform that one approval makes. */
  readonly targets: readonly Target[];
  /** Aborted when every device has to have finished. */
  readonly late: AbortSignal;
}

/** Short, so that what a dead process held is soon free. */
const SETTINGS = {
  MG_PROVISION_OUTBOUND_TIMEOUT: '1s',
  MG_PROVISION_OUTBOUND_WRITE_TIMEOUT: '1s',
  MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT: '1s',
  MG_AUTH_GRPC_TIMEOUT: '1s',
  MG_PROVISION_RECOVERY_LEASE: '2s',
  MG_PROVISION_RECOVERY_SETTLE: '1500ms',
};
const RANDOM_SECONDS = 30;

export const PLANS: readonly Plan[] = [
  {
    name: 'writes',
    settings: SETTINGS,
    strike: async (lane) => [...(await strikeAtWrites(lane)), ...(await strikeBetween(lane))],
  },
  {
    name: 'calls',
    // Calls that stand still until the process is killed must not end before, and those that are done after the restart
    // not be too late for recovery to look for them, however busy the machine is.
    settings: {
      ...SETTINGS,
      MG_PROVISION_OUTBOUND_TIMEOUT: '10s',
      MG_PROVISION_OUTBOUND_WRITE_TIMEOUT: '20s',
      MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT: '20s',
      MG_PROVISION_RECOVERY_LEASE: '12s',
      MG_PROVISION_RECOVERY_SETTLE: '20s',
    },
    strike: (lane, { targets }) => strikeAtCalls(lane, targets),
  },
  {
    name: 'random',
    // Many configurations at once wait for each other, at the pace of a live Magistrala.
    settings: {
      ...SETTINGS,
      MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT: '6s',
      MG_PROVISION_RECOVERY_LEASE: '8s',
      MG_PROVISION_RECOVERY_SETTLE: '7s',
    },
    strike: (lane, { late }) => strikeAtRandom(lane, { seconds: RANDOM_SECONDS, finishBy: late }),
  },
];

/** Without approvals that are cut off. */
export const SAMPLE: Plan = {
  name: 'sample',
  settings: SETTINGS,
  strike: async (lane) => [
    ...(await strikeAtWrites(lane, ['begin', 'renew'])),
    ...(await strikeBetween(lane)),
  ],
};
