import { randomUUID } from 'node:crypto';
import { type Clock, type IdSource, ProvisionError, type Secret, isProvisionError } from '@org/domain';
import type { Layout } from '@org/layout-config';
import type { Begun, Idempotency, Journal } from './journal/journal.js';
import { type ProvisioningSettings, type Plan, makePlan } from './plan/plan.js';
import { type ProvisionRequest, checkRequest } from './plan/request.js';
import type { Platform, TokenSource } from './platform/platform.js';
import { callerToken, missingCredentials } from './saga/credentials.js';
import { ProvisioningFailed, StepFailed } from './saga/failure.js';
import type { Observer } from './saga/observer.js';
import { postponeRemoval, recover } from './saga/recovery.js';
import { type ProvisionResult, resultOf } from './saga/result.js';
import { factsOf, removeAll, runSaga } from './saga/saga.js';
import { type Step, type StepContext, newProgress } from './steps/step.js';

export interface ProvisionerOptions {
  readonly platform: Platform;
  readonly journal: Journal;
  readonly layout: Layout;
  readonly settings: ProvisioningSettings;
  /** The service's own credentials, for callers without a token and for recovery. */
  readonly ownToken: TokenSource | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly observer: Observer;
  /** Milliseconds after which another process may take a silent process's runs over; 15 s by default. */
  readonly leaseMs?: number;
  /** Milliseconds between looks for something to recover; 1 s by default. */
  readonly recoverEveryMs?: number;
  /** Milliseconds after which an unanswered call can no longer land; 30 s by default. */
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
}

/** Seconds after which a caller who met a run under way may ask again. */
const BUSY_RETRY_AFTER_S = 2;
/** Milliseconds for given-up runs to write down what is left of them. */
const GIVING_UP_MS = 1_000;

/** Provisions gateways, and takes every run to one of two ends: complete, or nothing left of it. */
export class Provisioner {
  readonly #options: Required<ProvisionerOptions>;
  readonly #owner = randomUUID();
  /** What this process works on, by run id: only these leases are renewed. */
  readonly #active = new Map<string, Promise<unknown>>();
  #renewal: NodeJS.Timeout | undefined;
  #recovery: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  /** Ends the calls of what is still under way when the time to drain is over. */
  readonly #giveUp = new AbortController();

  constructor(options: ProvisionerOptions) {
    const defaults = {
      leaseMs: 15_000,
      recoverEveryMs: 1_000,
      settleMs: 30_000,
      keepMs: 86_400_000,
      random: Math.random,
    };
    this.#options = { ...defaults, ...options };
  }

  /** Begins to recover what earlier processes left, and goes on doing so until `close`. */
  start(): void {
    const { leaseMs, journal, clock, observer } = this.#options;
    this.#renewal = setInterval(() => {
      if (this.#active.size === 0) return;
      const renewed = journal.renew([...this.#active.keys()], clock.now() + leaseMs);
      renewed.catch((error) => observer.trouble?.('renewing leases', error));
    }, leaseMs / 3);
    this.#renewal.unref();
    this.#recovery = this.#recoverForever();
  }

  /** Runs and recoveries under way in this process. */
  get active(): number {
    return this.#active.size;
  }

  /**
   * Lets runs under way end, for at most `drainMs`. What is not done by then is given up: its callers and the
   * journal are told what is left, and it is recovered after the next start.
   */
  async close(drainMs: number): Promise<void> {
    const { clock, journal } = this.#options;
    this.#stopping.abort();
    const drained = new AbortController();
    await Promise.race([
      Promise.allSettled([...this.#active.values(), this.#recovery]),
      clock.sleep(drainMs, drained.signal).catch(() => undefined),
    ]);
    drained.abort();
    this.#giveUp.abort();
    // The journal must outlive what they still have to write into it.
    const givenUp = new AbortController();
    await Promise.race([
      Promise.allSettled(this.#active.values()),
      clock.sleep(GIVING_UP_MS, givenUp.signal).catch(() => undefined),
    ]);
    givenUp.abort();
    clearInterval(this.#renewal);
    await journal.release(this.#owner);
  }

  /**
   * Makes a gateway from the layout. Goes on although its caller may leave: the result is either complete
   * or removed again.
   *
   * @throws ProvisionError `invalid` (the request), `unauthenticated` (no credentials at all), `conflict`
   *   (the external id exists or is being made; the idempotency key is in use), `unavailable` (stopping)
   * @throws ProvisioningFailed when a step failed
   */
  async provision(call: ProvisionCall): Promise<ProvisionResult> {
    const { layout, settings, ids, journal, clock, leaseMs, observer } = this.#options;
    if (this.#stopping.signal.aborted) throw stopping();
    checkRequest(call.request, layout);
    const token = call.token ? callerToken(call.token) : this.#options.ownToken;
    if (!token) throw missingCredentials();
    const plan = makePlan({ domainId: call.domainId, request: call.request, layout, settings, ids });
    const from = clock.now();
    const begun = await journal.begin({
      plan,
      callerToken: call.token,
      idempotency: idempotencyOf(call),
      owner: this.#owner,
      now: from,
      leaseUntil: from + leaseMs,
    });
    const session = this.#options.platform.open({ domainId: call.domainId, token });
    if (begun.outcome === 'replay') {
      // The answer holds secrets: only for who could have asked for it.
      await session.assertMember();
      observer.run?.(factsOf({ plan }), { outcome: 'replayed', ms: clock.now() - from });
      return begun.result;
    }
    if (begun.outcome !== 'started') throw refused(begun, plan);
    const { signal } = this.#giveUp;
    return this.#track(plan.runId, this.#run({ plan, layout, session, progress: newProgress(), signal }));
  }

  async #run(context: StepContext): Promise<ProvisionResult> {
    const { journal, clock, observer, keepMs } = this.#options;
    const started = new Set<Step>();
    const from = clock.now();
    const runId = context.plan.runId;
    try {
      await runSaga(context, started, this.#options);
    } catch (error) {
      const failed = error instanceof StepFailed ? error : new StepFailed('look_up', true, error);
      const leftovers = await this.#remove(context, started, failed);
      const outcome = isRefusal(failed.cause) ? 'refused' : 'failed';
      observer.run?.(factsOf(context), { outcome, ms: clock.now() - from, error: failed.cause });
      throw new ProvisioningFailed(failed, leftovers);
    }
    const result = resultOf(context);
    await journal.complete(runId, { result, keepUntil: clock.now() + keepMs });
    observer.run?.(factsOf(context), { outcome: 'completed', ms: clock.now() - from });
    return result;
  }

  async #remove(context: StepContext, started: Set<Step>, failed: StepFailed) {
    const { journal, clock, observer, platform, ownToken } = this.#options;
    const { plan } = context;
    const from = clock.now();
    const session = ownToken ? platform.open({ domainId: plan.domainId, token: ownToken }) : context.session;
    const leftovers = await removeAll({ ...context, session }, started);
    if (started.size > 1)
      observer.removal?.(factsOf(context), { ms: clock.now() - from, leftovers, attempt: 1 });
    if (leftovers.length > 0 || failed.unanswered)
      await postponeRemoval({ runId: plan.runId, attempt: 1, leftovers }, this.#options);
    else await journal.forget(plan.runId);
    return leftovers;
  }

  async #track<T>(runId: string, work: Promise<T>): Promise<T> {
    this.#active.set(runId, work);
    try {
      return await work;
    } finally {
      this.#active.delete(runId);
    }
  }

  async #recoverForever(): Promise<void> {
    const { clock, observer, recoverEveryMs, journal } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#recoverDue();
        await journal.purge(clock.now());
      } catch (error) {
        observer.trouble?.('recovery', error);
      }
      await clock.sleep(recoverEveryMs, this.#stopping.signal).catch(() => undefined);
    }
  }

  async #recoverDue(): Promise<void> {
    const { journal, clock, leaseMs, observer } = this.#options;
    const now = clock.now();
    // A few at a time: recovery must not stand in the way of new work.
    const due = await journal.claim({ owner: this.#owner, now, leaseUntil: now + leaseMs, limit: 4 });
    await Promise.all(
      due.map((run) => {
        const work = recover(run, { ...this.#options, signal: this.#giveUp.signal });
        const tracked = this.#track(run.plan.runId, work);
        return tracked.catch((error) => observer.trouble?.(`recovering run ${run.plan.runId}`, error));
      }),
    );
    if (due.length > 0 && !this.#stopping.signal.aborted) await this.#recoverDue();
  }
}

function idempotencyOf({ idempotencyKey, request }: ProvisionCall): Idempotency | undefined {
  if (idempotencyKey === undefined) return undefined;
  return {
    key: idempotencyKey,
    body: JSON.stringify([request.name, request.externalId, request.externalKey.reveal()]),
  };
}

/** The caller's affair, not an outage. */
const isRefusal = (cause: unknown): boolean =>
  isProvisionError(cause) && ['conflict', 'invalid', 'unauthenticated', 'forbidden'].includes(cause.kind);

const stopping = (): ProvisionError =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'stopping',
    message: 'the service is stopping; try again in a moment',
    details: { retryAfter: BUSY_RETRY_AFTER_S },
  });

function refused(begun: Exclude<Begun, { outcome: 'started' | 'replay' }>, plan: Plan): ProvisionError {
  const busy = { retryAfter: BUSY_RETRY_AFTER_S };
  switch (begun.outcome) {
    case 'key_reused':
      return new ProvisionError({
        kind: 'invalid',
        code: 'idempotency_key_reused',
        message: 'this Idempotency-Key was used with another body; use a new key for a new request',
      });
    case 'key_in_progress':
      return new ProvisionError({
        kind: 'conflict',
        code: 'idempotency_key_in_progress',
        message: 'the request with this Idempotency-Key is still under way; ask again in a moment',
        details: busy,
      });
    case 'external_id_busy':
      return new ProvisionError({
        kind: 'conflict',
        code: 'external_id_busy',
        message: `external id ${plan.externalId} is being provisioned by another request (run ${begun.runId})`,
        details: busy,
      });
  }
}
