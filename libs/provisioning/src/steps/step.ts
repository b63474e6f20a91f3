import type { HeldLease, JsonObject } from '@org/domain';
import type { Layout } from '@org/layout-config/layout';
import type { Leftover } from '../journal/leftover.js';
import type { Plan } from '../plan/plan.js';
import type { IssuedCertificate, PlatformSession } from '../platform/platform.js';

export type StepName =
  | 'look_up'
  | 'clients'
  | 'channels'
  | 'connections'
  | 'configuration'
  | 'hold'
  | 'bindings'
  | 'certificates'
  | 'delivery'
  | 'metadata'
  | 'enable';

/** What the platform's answers told this run; lost with the process, and never needed to remove. */
interface Progress {
  clients: Map<string, JsonObject>;
  channels: Map<string, JsonObject>;
  configurationId: string | undefined;
  /** By client id. */
  certificates: Map<string, IssuedCertificate>;
  issuerChain: string | undefined;
}

/** All that looking and removing need: no layout, which may have changed or gone since the plan was made. */
export interface StepContext {
  readonly plan: Plan;
  /** The session's, too. */
  readonly lease: HeldLease;
  readonly session: PlatformSession;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface RunContext extends StepContext {
  readonly layout: Layout;
}

/** One kind of thing that a run makes on the platform. */
export interface Step {
  readonly name: StepName;
  /** True when it makes all it makes in one call: refused, it made nothing. */
  readonly inOneCall?: true;
  /** Whether this plan has anything for it to do. */
  applies(plan: Plan): boolean;
  run(context: RunContext): Promise<void>;
  /**
   * After a run that was not answered: true when it happened after all, with `progress` filled in as an
   * answer would have. Absent where that cannot be told, or where the answer itself is needed.
   */
  probe?(context: StepContext): Promise<boolean>;
  /**
   * Removes what the step made or may have made, and confirms that it is gone. Needs nothing but the plan
   * and may be repeated at any time. Returns what is still there; never throws.
   */
  compensate?(context: StepContext): Promise<Found[]>;
}

/** What a look after a removal found. */
export type Found = Pick<Leftover, 'type' | 'id' | 'reason'> & {
  /** The platform's API can never remove it, as far as this look can tell. */
  readonly unremovable?: true;
};

/** What is known before the first answer. */
export const newProgress = ({ configuration }: Plan): Progress => ({
  clients: new Map(),
  channels: new Map(),
  configurationId: configuration?.id,
  certificates: new Map(),
  issuerChain: undefined,
});
