import { type Clock, isProvisionError, systemClock } from '@org/domain';
import type { EnrolmentClient } from '../enrolment/client.js';
import { isEnrolling } from '../enrolment/note.js';
import { conflict, enrolling } from '../errors.js';
import { Mutex } from '../files/mutex.js';
import type { Identity, IdentityReport } from '../identity/identity.js';
import type { IdentityStore } from '../identity/identity-store.js';
import type { KeyKind } from '../key-store/key-store.js';
import { ServerClock } from '../timing/server-clock.js';
import { type RenewalDecision, decideRenewal } from './decide.js';
import { StateFile } from './state-file.js';
import type { RenewalAttempt, RenewalState } from './state.js';
import { type AttemptResult, type CandidateTester, TwoPhase } from './two-phase.js';

interface RenewalOptions {
  readonly store: IdentityStore;
  readonly client: EnrolmentClient;
  readonly connections: CandidateTester;
  /** Default P-256. */
  readonly keyKind?: KeyKind;
  /** Lower-case hex SHA-256 of the root to trust, should there be none on the disk. */
  readonly rootFingerprint?: string;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Everything that `status` shows of it. */
export interface RenewalStatus {
  readonly decision: RenewalDecision;
  /** Of the certificate; milliseconds since 1970. */
  readonly expiresAt: number;
  /** How far the device's clock is ahead of the server's, as far as is known; 0 when the difference is small. */
  readonly clockSkewMs: number;
  /** The server has refused to renew the certificate, which has expired or is not on record: only a new enrolment helps. */
  readonly enrolAgain: boolean;
  /** The server has said that the certificate is revoked, as far as it was asked. */
  readonly revoked: boolean;
  /** A new certificate has been fetched and waits for its test. */
  readonly staged: boolean;
  /** The latest ones, oldest first. */
  readonly attempts: readonly RenewalAttempt[];
}

const START_SPREAD_MS = 60e3;
const LONGEST_SLEEP_MS = 3600e3;

/**
 * Renews a device's certificate when it is time. Where an attempt was when it was cut off is on the disk, and the next
 * one goes on from there, with the same key.
 */
export class Renewal {
  readonly #options: RenewalOptions;
  readonly #clock: ServerClock;
  readonly #random: () => number;
  readonly #turns = new Mutex();
  readonly #stateFile: StateFile;
  readonly #twoPhase: TwoPhase;
  #wake = new AbortController();
  #onAttempt: ((result: AttemptResult) => void) | undefined;

  constructor(options: RenewalOptions) {
    const { clock = systemClock, random = Math.random } = options;
    this.#options = options;
    this.#clock = clock instanceof ServerClock ? clock : new ServerClock(clock);
    this.#random = random;
    this.#stateFile = new StateFile(options.store);
    this.#twoPhase = new TwoPhase({ ...options, clock: this.#clock, random, stateFile: this.#stateFile });
  }

  /** Undefined when there is nothing to renew. */
  async status(): Promise<RenewalStatus | undefined> {
    const { identity } = await this.#report();
    if (!identity) return undefined;
    const state = await this.#stateFile.load(identity);
    return {
      decision: await this.#decide(identity, state),
      expiresAt: identity.certificate.notAfter,
      clockSkewMs: this.#clock.skewMs,
      enrolAgain: state.enrolAgain,
      revoked: state.revoked ?? false,
      staged: state.staged !== undefined,
      attempts: state.attempts,
    };
  }

  /**
   * Tries to renew now; `run`, where it is at work, goes on from what comes of it.
   *
   * @param options.force although the certificate is not due
   * @throws ProvisionError `conflict` (`not_provisioned`, `enrolment_under_way`); everything else that goes wrong is in
   * the result. Aborts with `signal`'s reason.
   */
  attempt({
    force = false,
    signal,
  }: { readonly force?: boolean; readonly signal?: AbortSignal } = {}): Promise<AttemptResult> {
    return this.#turns.take(async () => {
      const { identity } = await this.#report();
      if (!identity)
        throw conflict(
          'not_provisioned',
          'This device has no certificate that could be renewed: enrol it first.',
        );
      const state = await this.#stateFile.load(identity);
      const stale = await this.#options.store.readNote('enrolment');
      if (this.#isEnrolling(stale, state)) throw enrolling();
      const result = await this.#twoPhase.run({ identity, force, signal, stale, state });
      this.wake();
      this.#onAttempt?.(result);
      return result;
    });
  }

  /**
   * Notes when the server would like the certificate to be renewed, and has `run` decide anew.
   *
   * @param renewAt milliseconds since 1970
   * @throws what the store does
   */
  async hint(renewAt: number): Promise<void> {
    await this.#change((state) => (state.serverHint === renewAt ? state : { ...state, serverHint: renewAt }));
    this.wake();
  }

  /**
   * Notes whether the server says that the certificate is revoked.
   *
   * @throws what the store does
   */
  noteRevoked(revoked: boolean): Promise<void> {
    return this.#change((state) => ((state.revoked ?? false) === revoked ? state : { ...state, revoked }));
  }

  #change(change: (state: RenewalState) => RenewalState): Promise<void> {
    return this.#turns.take(async () => {
      const { identity } = await this.#report();
      if (!identity) return;
      const state = await this.#stateFile.load(identity);
      const changed = change(state);
      if (changed !== state) await this.#stateFile.save(changed);
    });
  }

  /** Has `run` look at once at what has become of the identity. */
  wake(): void {
    this.#wake.abort();
  }

  /**
   * Renews whenever it is time, until there is no identity any more. Wakes up every hour at least, so that it notices
   * when the clock is set.
   *
   * @throws what `attempt` and the store do; aborts with `signal`'s reason
   */
  async run(
    options: {
      /** Told of every attempt meanwhile, whatever asked for it. */
      readonly onAttempt?: (result: AttemptResult) => void;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<void> {
    this.#onAttempt = options.onAttempt;
    try {
      await this.#run(options.signal);
    } finally {
      this.#onAttempt = undefined;
    }
  }

  async #run(signal: AbortSignal | undefined): Promise<void> {
    for (let isStart = true; ; isStart = false) {
      signal?.throwIfAborted();
      // Before anything is read, so that no hint falls between the decision and the sleep.
      this.#wake = new AbortController();
      const { identity } = await this.#report();
      if (!identity) return;
      const decision = await this.#decide(identity, await this.#stateFile.load(identity));
      if (decision.action === 'wait') {
        const ms = Math.min(LONGEST_SLEEP_MS, Math.max(1, decision.until - this.#clock.now()));
        await this.#sleep(ms, signal);
      } else if (isStart) {
        // After a power cut, a whole site starts at the same second.
        await this.#clock.sleep(this.#random() * START_SPREAD_MS, signal);
      } else {
        await this.attempt({ signal }).catch(unlessOvertaken);
      }
    }
  }

  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const wake = this.#wake.signal;
    try {
      await this.#clock.sleep(ms, signal ? AbortSignal.any([signal, wake]) : wake);
    } catch (error) {
      signal?.throwIfAborted();
      if (!wake.aborted) throw error;
    }
  }

  #report(): Promise<IdentityReport> {
    return this.#options.store.report(this.#clock.now());
  }

  async #decide(identity: Identity, state: RenewalState): Promise<RenewalDecision> {
    const now = this.#clock.now();
    if (this.#isEnrolling(await this.#options.store.readNote('enrolment'), state))
      return { action: 'wait', until: now + START_SPREAD_MS, reason: 'enrolling' };
    const { serverHint, backOff } = state;
    return decideRenewal({ certificate: identity.certificate, now, serverHint, backOff });
  }

  /** The next key belongs to a code, which may be approved as long as it is shown; or nothing else helps. */
  #isEnrolling(note: string | undefined, { enrolAgain }: RenewalState): boolean {
    return note !== undefined && (enrolAgain || isEnrolling(note, this.#clock.now()));
  }
}

/** Someone has begun to enrol the device, or deprovisioned it, between the decision and the attempt. */
function unlessOvertaken(error: unknown): undefined {
  if (!isProvisionError(error) || error.kind !== 'conflict') throw error;
}
