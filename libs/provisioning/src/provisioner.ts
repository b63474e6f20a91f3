import { randomUUID } from 'node:crypto';
import {
  type ErrorCode,
  type Clock,
  type HeldLease,
  type IdSource,
  type Lease,
  LeaseKeeper,
  type Secret,
  isProvisionError,
} from '@org/domain';
import type { Layout } from '@org/layout-config/layout';
import type { Idempotency, RunJournal, Run } from './journal/journal.js';
import type { Leftover } from './journal/leftover.js';
import { type ProvisioningSettings, makePlan } from './plan/plan.js';
import { type Made, planRemoval } from './plan/removal.js';
import { type ProvisionRequest, checkRequest } from './plan/request.js';
import type { Access, Platform, TokenSource } from './platform/platform.js';
import type { Remnants } from './remnants/remnants.js';
import {
  keyInProgress,
  outcomeUnknown,
  refused,
  removalUnderWay,
  stopping,
  unknownLayout,
} from './refusals.js';
import { conclude } from './saga/conclude.js';
import { callerToken, missingCredentials } from './saga/credentials.js';
import { ProvisioningFailed, StepFailed, explain, isRefusal } from './saga/failure.js';
import type { Observer, RunOutcome } from './saga/observer.js';
import { recover } from './saga/recovery.js';
import { recoverForever } from './saga/recovery-loop.js';
import { type ProvisionResult, resultOf } from './saga/result.js';
import { factsOf, removeAll, runSaga } from './saga/saga.js';
import { type RunContext, type Step, newProgress } from './steps/step.js';

interface ProvisionerOptions {
  readonly platform: Platform;
  readonly journal: RunJournal;
  /** Where what the platform can never remove is put on record. */
  readonly remnants: Remnants;
  /** The main one. */
  readonly layout: Layout;
  /** Further ones, by the name that calls ask for. */
  readonly layouts?: ReadonlyMap<string, Layout>;
  readonly settings: ProvisioningSettings;
  /** The service's own credentials, for callers without a token. */
  readonly ownToken: TokenSource | undefined;
  /** Those for recovery and removal; `ownToken` when undefined. */
  readonly recoveryToken?: TokenSource | undefined;
  /**
   * Refuses callers' tokens that may end before a run could be undone, by throwing; asked only where no `recoveryToken`
   * would undo it.
   */
  readonly assertLasts?: (token: Secret) => void;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly observer: Observer;
  /**
   * Milliseconds after which another process may take a silent process's runs over; 15 s by default. Longer than a call to the
   * platform may take.
   */
  readonly leaseMs?: number;
  /** Milliseconds between looks for something to recover; 1 s by default. */
  readonly recoverEveryMs?: number;
  /** Runs that are recovered at the same time; 16 by default. */
  readonly recoverAtOnce?: number;
  /** Milliseconds after which an unanswered call can no longer land; 2 min by default. */
  readonly settleMs?: number;
  /** Milliseconds that the answer to an idempotency key is kept; 24 h by default. */
  readonly keepMs?: number;
  /** In [0, 1). */
  readonly random?: () => number;
}

export interface ProvisionCall {
  readonly domainId: string;
  readonly request: ProvisionRequest;
  /** The token of the request; without one the service's own credentials act. */
  readonly token: Secret | undefined;
  readonly idempotencyKey: string | undefined;
  /** Name of a further layout; the main one when undefined. */
  readonly layout?: string;
  /** Milliseconds that the answer to the idempotency key is kept, instead of `keepMs`. */
  readonly keepAnswerMs?: number;
  /**
   * The device brings its own key: whatever the settings say, no certificate is made for the gateway's client, none is
   * put into its configuration, and references to it in the layout's content become "". Other clients of the layout
   * get theirs as ever, as only the configuration can bring them to the device.
   */
  readonly ownKey?: true;
}

interface FindCall {
  readonly domainId: string;
  readonly idempotencyKey: string;
}

export interface RemoveCall extends Made {
  /** As in `ProvisionCall`; kept, sealed, until nothing is left. */
  readonly token: Secret | undefined;
}

/** The part of the time to drain after which no further call is made: those under way are to be answered in the rest. */
const CALLS_END_AFTER = 0.75;
/** Milliseconds for given-up runs to write down what is left of them. */
const GIVING_UP_MS = 1_000;

/** Provisions gateways, and takes every run to one of two ends: complete, or nothing left of it. */
export class Provisioner {
  readonly #options: Required<Omit<ProvisionerOptions, 'recoveryToken'>> & {
    readonly recoveryToken: TokenSource | undefined;
  };
  readonly #owner = randomUUID();
  readonly #leases: LeaseKeeper;
  /** What this process works on. */
  readonly #active = new Set<Promise<unknown>>();
  #recovery: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  /** No call to the platform is made any more. */
  #callsHaveEnded = false;
  /** Ends the wait for calls that are still under way when the time to drain is over. */
  readonly #giveUp = new AbortController();

  constructor(options: ProvisionerOptions) {
    const defaults = {
      leaseMs: 15_000,
      recoverEveryMs: 1_000,
      recoverAtOnce: 16,
      settleMs: 120_000,
      keepMs: 86_400_000,
      layouts: new Map(),
      assertLasts: () => undefined,
      random: Math.random,
    };
    const recoveryToken = options.recoveryToken ?? options.ownToken;
    this.#options = { ...defaults, ...options, recoveryToken };
    const { clock, journal, leaseMs, observer } = this.#options;
    this.#leases = new LeaseKeeper({
      clock,
      leaseMs,
      renew: (leases) => journal.renew(leases, leaseMs),
      end: (leases) => journal.end(leases),
      onTrouble: (error) => observer.trouble?.('lease renewal of runs', error),
    });
  }

  /** Begins to recover what earlier processes left, and goes on doing so until `close`. */
  start(): void {
    const recover = (run: Run, askedAt: number) => this.#recover(run, askedAt);
    const owner = this.#owner;
    this.#recovery = recoverForever({ ...this.#options, owner, recover }, this.#stopping.signal);
  }

  /** Runs and recoveries under way in this process. */
  get active(): number {
    return this.#active.size;
  }

  /**
   * Lets runs under way end, for at most `drainMs`. What is not done by then is given up: its callers and the
   * journal are told what is left, and it is recovered after the next start. In the last quarter of that time nothing
   * new is requested, so that what has been requested is answered before the process ends.
   */
  async close(drainMs: number): Promise<void> {
    this.#stopping.abort();
    const answersOnly = this.#after(drainMs * CALLS_END_AFTER, () => (this.#callsHaveEnded = true));
    await this.#within(drainMs, [...this.#active, this.#recovery]);
    answersOnly.abort();
    this.#callsHaveEnded = true;
    this.#giveUp.abort();
    // The journal must outlive what they still have to write into it.
    await this.#within(GIVING_UP_MS, this.#active);
    await this.#leases.close();
  }

  async #within(ms: number, work: Iterable<Promise<unknown> | undefined>): Promise<void> {
    let late = () => {};
    const tooLate = new Promise<void>((resolve) => (late = resolve));
    const timer = this.#after(ms, late);
    await Promise.race([Promise.allSettled(work), tooLate]);
    timer.abort();
  }

  /** @returns aborts it */
  #after(ms: number, then: () => void): AbortController {
    const timer = new AbortController();
    this.#options.clock.sleep(ms, timer.signal).then(then, () => undefined);
    return timer;
  }

  /**
   * Makes a gateway from the layout. Goes on although its caller may leave: the result is either complete
   * or removed again.
   *
   * @throws ProvisionError `invalid` (the request; `layout_unknown`), `unauthenticated` (no credentials at all; whatever
   *   `assertLasts` throws), `conflict` (the external id exists or is being made; the idempotency key is in use),
   *   `unavailable` (stopping), `ambiguous` `outcome_unknown` (the journal was away, or another process has the run)
   * @throws ProvisioningFailed when a step failed
   */
  async provision(call: ProvisionCall): Promise<ProvisionResult> {
    const { settings, ids, journal, clock, leaseMs, observer } = this.#options;
    if (this.#stopping.signal.aborted) throw stopping();
    const { domainId, request, layout: layoutName, ownKey, keepAnswerMs } = call;
    const layout = this.#layout(layoutName);
    checkRequest(request, layout);
    const token = this.#token(call);
    await this.#assertLasts(call);
    const plan = makePlan({ domainId, request, layout, layoutName, ownKey, keepAnswerMs, settings, ids });
    const askedAt = clock.monotonic();
    const begun = await journal.begin({
      plan,
      callerToken: call.token,
      idempotency: idempotencyOf(call),
      owner: this.#owner,
      leaseMs,
    });
    if (begun.outcome === 'replay') {
      const { result } = begun;
      // It holds secrets, which the platform guards no more.
      await this.#options.platform.open({ domainId, token }).assertMayUpdate(result.gatewayId);
      observer.run?.(factsOf({ plan }), { outcome: 'replayed', ms: clock.monotonic() - askedAt });
      return result;
    }
    if (begun.outcome !== 'started') throw refused(begun, plan);
    return this.#work(begun.lease, askedAt, (lease) => {
      const session = this.#platform.open({ domainId, token, lease });
      const progress = newProgress(plan);
      return this.#run({ plan, layout, lease, session, progress, signal: this.#giveUp.signal }, call);
    });
  }

  /**
   * What a call with an idempotency key made, as the journal remembers it: no one is asked, and nothing is made.
   *
   * @returns undefined when it made nothing: it was never begun or, what a failed run leaves being this class's affair, failed
   * @throws ProvisionError conflict `idempotency_key_in_progress`
   */
  async find({ domainId, idempotencyKey }: FindCall): Promise<ProvisionResult | undefined> {
    const found = await this.#options.journal.find({ domainId, key: idempotencyKey });
    if (found.outcome === 'in_progress') throw keyInProgress();
    return found.outcome === 'done' ? found.result : undefined;
  }

  /**
   * Removes what a completed run made, and every certificate of its clients that their issuer knows: those that their
   * devices asked for, too. Once it has resolved, or a crash came in between, the rest is this class's affair, as after
   * a failed run; asking again is safe at any time, tries at once, and with the new token. Needs no layout, and leaves
   * alone what newer runs made for the same external id. An answer kept for a replay stays what it was.
   *
   * Whether the caller may ask is to be checked before: the service's own credentials act where there are some.
   *
   * @returns what could not be removed yet, or could not be confirmed gone
   * @throws ProvisionError `unauthenticated` (no credentials at all), `conflict` `removal_under_way` (try again in a
   *   moment), `unavailable` (stopping)
   */
  async remove(call: RemoveCall): Promise<readonly Leftover[]> {
    const { journal, clock, leaseMs } = this.#options;
    if (this.#stopping.signal.aborted) throw stopping();
    if (!call.token && !this.#options.recoveryToken) throw missingCredentials();
    const askedAt = clock.monotonic();
    const removal = await journal.beginRemoval({
      plan: planRemoval(call),
      callerToken: call.token,
      owner: this.#owner,
      leaseMs,
    });
    if (!removal) throw removalUnderWay(call);
    if (this.#giveUp.signal.aborted) throw stopping();
    try {
      return await this.#recover(removal, askedAt);
    } catch (error) {
      throw isCode(error, 'lease_lost') ? removalUnderWay(call) : error;
    }
  }

  #layout(name: string | undefined): Layout {
    const { layout, layouts } = this.#options;
    if (name === undefined) return layout;
    const named = layouts.get(name);
    if (!named) throw unknownLayout(name, [...layouts.keys()]);
    return named;
  }

  #token({ token }: Pick<ProvisionCall, 'token'>): TokenSource {
    const source = token ? callerToken(token) : this.#options.ownToken;
    if (!source) throw missingCredentials();
    return source;
  }

  /** A replay creates nothing, so its token need not last until something is undone. */
  async #assertLasts({ domainId, token, idempotencyKey }: ProvisionCall): Promise<void> {
    const { assertLasts, journal, recoveryToken } = this.#options;
    if (!token || recoveryToken) return;
    try {
      assertLasts(token);
    } catch (error) {
      const known = idempotencyKey && (await journal.find({ domainId, key: idempotencyKey }));
      if (!known || known.outcome !== 'done') throw error;
    }
  }

  async #run(context: RunContext, call: ProvisionCall): Promise<ProvisionResult> {
    const { clock, observer } = this.#options;
    const from = clock.monotonic();
    const report = (outcome: RunOutcome, error?: unknown) =>
      observer.run?.(factsOf(context), { outcome, ms: clock.monotonic() - from, error });
    try {
      const result = await this.#complete(context);
      report('completed');
      return result;
    } catch (error) {
      if (error instanceof ProvisioningFailed) {
        report(isRefusal(error.cause) ? 'refused' : 'failed', error.cause);
        throw error;
      }
      report('unknown', error);
      throw outcomeUnknown(context.plan, { error, mayRepeat: call.idempotencyKey !== undefined });
    }
  }

  /** @throws ProvisioningFailed, and whatever the journal throws: then no one knows the outcome yet */
  async #complete(context: RunContext): Promise<ProvisionResult> {
    const { journal, keepMs } = this.#options;
    const started = new Set<Step>();
    try {
      await runSaga(context, started, this.#options);
    } catch (error) {
      const failed = error instanceof StepFailed ? error : new StepFailed('look_up', true, error);
      const leftovers = await this.#undo(context, started, failed);
      throw new ProvisioningFailed(await explain(failed, context.plan, journal), leftovers);
    }
    const result = resultOf(context);
    await journal.complete(context.lease.lease, { result, keepMs: context.plan.keepAnswerMs ?? keepMs });
    return result;
  }

  async #undo(context: RunContext, started: Set<Step>, failed: StepFailed) {
    const { clock, observer, recoveryToken } = this.#options;
    const { plan, lease } = context;
    const from = clock.monotonic();
    const session = recoveryToken
      ? this.#platform.open({ domainId: plan.domainId, token: recoveryToken, lease })
      : context.session;
    const found = await removeAll({ ...context, session }, started);
    // What is left is for its new holder to say.
    lease.assertHeld();
    const removal = { plan, lease: lease.lease, attempt: 1, found, before: [], settled: !failed.unanswered };
    const leftovers = await conclude(removal, this.#options);
    if (started.size > 1)
      observer.removal?.(factsOf(context), { ms: clock.monotonic() - from, leftovers, attempt: 1 });
    return leftovers;
  }

  async #recover(run: Run, askedAt: number): Promise<readonly Leftover[]> {
    const options = { ...this.#options, platform: this.#platform, signal: this.#giveUp.signal };
    return this.#work(run.lease, askedAt, (lease) => recover(run, lease, options));
  }

  /** The platform, on which nothing is requested any more when the process is about to end. */
  get #platform(): Platform {
    const assertHeld = (lease: Access['lease']) => {
      if (this.#callsHaveEnded) throw stopping();
      lease?.assertHeld();
    };
    return {
      open: ({ lease, ...access }) =>
        this.#options.platform.open({ ...access, lease: { assertHeld: () => assertHeld(lease) } }),
    };
  }

  /** Counts as active, under a lease that is renewed until the work ends. */
  async #work<T>(lease: Lease, askedAt: number, work: (held: HeldLease) => Promise<T>): Promise<T> {
    const working = this.#leases.during(lease, askedAt, work);
    this.#active.add(working);
    try {
      return await working;
    } finally {
      this.#active.delete(working);
    }
  }
}

function idempotencyOf(call: ProvisionCall): Idempotency | undefined {
  const { idempotencyKey, request, layout, ownKey } = call;
  if (idempotencyKey === undefined) return undefined;
  const body = [
    request.name,
    request.externalId,
    request.externalKey.reveal(),
    layout ?? null,
    ownKey ?? false,
  ];
  return { key: idempotencyKey, body: JSON.stringify(body) };
}

const isCode = (error: unknown, code: ErrorCode): boolean => isProvisionError(error) && error.code === code;
