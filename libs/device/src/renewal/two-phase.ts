import { type ProvisionError, isProvisionError } from '@org/domain';
import { requestFor } from '../csr.js';
import type { EnrolmentClient } from '../enrolment/client.js';
import { contact } from '../enrolment/contact.js';
import { isRefusal } from '../enrolment/server-error.js';
import { enrolling, unavailable } from '../errors.js';
import { type CheckedIdentity, checkIssued } from '../identity/check.js';
import { type Identity, readIdentity } from '../identity/identity.js';
import type { IdentityStore } from '../identity/identity-store.js';
import type { KeyKind, StoredKey } from '../key-store/key-store.js';
import { askedPause, nextPause } from '../timing/back-off.js';
import type { ServerClock } from '../timing/server-clock.js';
import { decideRenewal, longestPause } from './decide.js';
import {
  type RenewalAttempt,
  type RenewalState,
  type RenewalStep,
  type Staged,
  formatState,
  initialState,
} from './state.js';
import type { StateFile } from './state-file.js';

/** What the agent connects to with its certificate. */
export interface CandidateTester {
  /**
   * Makes a connection with an identity that is not yet in use, as the agent will make them later.
   *
   * @throws ProvisionError; only a refusal (`isRefusal`) says something against the certificate
   */
  test(candidate: Identity, signal?: AbortSignal): Promise<void>;
}

interface TwoPhaseOptions {
  readonly store: IdentityStore;
  readonly client: EnrolmentClient;
  readonly connections: CandidateTester;
  readonly keyKind?: KeyKind;
  readonly rootFingerprint?: string;
  readonly clock: ServerClock;
  readonly random: () => number;
  readonly stateFile: StateFile;
}

export interface AttemptResult {
  readonly attempt: RenewalAttempt;
  /** What it failed with. */
  readonly error?: ProvisionError;
}

/** An attempt under way: what is known by now. */
interface RenewalRun {
  readonly identity: Identity;
  readonly force: boolean;
  readonly signal: AbortSignal | undefined;
  /** The note of an enrolment that no one has ended, and that leads nowhere any more. */
  readonly stale: string | undefined;
  state: RenewalState;
  attempt: RenewalAttempt;
}

const MOST_FAILED_TESTS = 5;

/**
 * One attempt at a renewal: a new key beside the old one, a certificate for it, a test connection with both, and only
 * then the change, all at once. Whatever fails on the way, the old identity stays in use.
 */
export class TwoPhase {
  readonly #options: TwoPhaseOptions;

  constructor(options: TwoPhaseOptions) {
    this.#options = options;
  }

  /** @throws what is no ProvisionError, and `signal`'s reason; all else is in the result */
  async run(
    beginning: Pick<RenewalRun, 'identity' | 'force' | 'signal' | 'stale' | 'state'>,
  ): Promise<AttemptResult> {
    const attempt: RenewalAttempt = {
      startedAt: this.#now(),
      step: 'contact',
      outcome: 'running',
    };
    return this.#run({ ...beginning, attempt });
  }

  #now(): number {
    return this.#options.clock.now();
  }

  async #run(course: RenewalRun): Promise<AttemptResult> {
    try {
      const { state, signal } = course;
      const before = state.attempts.map((each) =>
        each.outcome === 'running' ? { ...each, outcome: 'interrupted' as const } : each,
      );
      course.state = { ...state, attempts: before };
      await this.#options.stateFile.save({ ...course.state, attempts: [...before, course.attempt] });
      await contact(this.#options.client, this.#options.clock, signal);
      if (!course.force && !this.#isStillDue(course)) return await this.#end(course, { outcome: 'not_due' });
      const { staged, checked, key } = await this.#newCertificate(course);
      step(course, 'test');
      await this.#test(await readIdentity(checked.files, only(key)), signal);
      return await this.#install(course, checked, staged);
    } catch (error) {
      return this.#fail(course, error);
    }
  }

  /** A test whose answer was lost may have put the new certificate into use at the server, and the old one out of it. */
  async #isAccepted(identity: Identity): Promise<boolean> {
    try {
      await this.#options.connections.test(identity);
      return true;
    } catch {
      return false;
    }
  }

  async #test(candidate: Identity, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#options.connections.test(candidate, signal);
    } catch (cause) {
      if (isProvisionError(cause)) throw cause;
      throw unavailable('test_connection_failed', 'No connection could be made with the new certificate.', {
        cause,
      });
    }
  }

  /** Asked once more when the server has said what time it is. */
  #isStillDue({ identity, state }: RenewalRun): boolean {
    const { serverHint } = state;
    const decision = decideRenewal({
      certificate: identity.certificate,
      now: this.#now(),
      serverHint,
    });
    if (decision.action !== 'ask_time') return decision.action === 'renew';
    throw unavailable(
      'clock_wrong',
      "The device's clock stands before the beginning of its certificate. Set the clock.",
    );
  }

  /** The one that was fetched before and not yet found good, else a new one. */
  async #newCertificate(
    course: RenewalRun,
  ): Promise<{ staged: Staged; checked: CheckedIdentity; key: StoredKey }> {
    const { client, store, keyKind = 'P-256', rootFingerprint } = this.#options;
    const { identity, signal } = course;
    step(course, 'key');
    await this.#dropStale(course);
    const { state } = course;
    const trust = await store.trust(rootFingerprint);
    const key = await store.keys.prepare(keyKind);
    let { staged } = state;
    if (!staged) {
      step(course, 'request');
      const csr = await requestFor(key, identity.machineId);
      const expired = this.#now() > identity.certificate.notAfter;
      staged = { issued: await client.renew({ identity, csr, expired, signal }), csr, failedTests: 0 };
    }
    step(course, 'check');
    const checked = checkIssued({
      issued: staged.issued,
      keyFingerprint: key.fingerprint,
      machineId: identity.machineId,
      trust,
      now: this.#now(),
    });
    if (!state.staged) {
      course.state = { ...state, staged };
      await this.#options.stateFile.save({
        ...course.state,
        attempts: [...course.state.attempts, course.attempt],
      });
    }
    return { staged, checked, key };
  }

  /** A certificate for the key of a code is not for this machine. */
  async #dropStale(course: RenewalRun): Promise<void> {
    const { store } = this.#options;
    const note = await store.readNote('enrolment');
    if (note === undefined) return;
    // Another one may have begun while the server was being reached.
    if (note !== course.stale) throw enrolling();
    await store.dropEnrolment(note);
    course.state = { ...course.state, staged: undefined };
  }

  async #install(
    course: RenewalRun,
    checked: CheckedIdentity,
    { csr, issued }: Staged,
  ): Promise<AttemptResult> {
    step(course, 'swap');
    const attempt: RenewalAttempt = {
      ...course.attempt,
      outcome: 'renewed',
      endedAt: this.#now(),
    };
    const attempts = [...course.state.attempts, attempt];
    const state = initialState(checked.certificate.fingerprint, { serverHint: issued.renewAt, attempts });
    await this.#options.store.install(checked, {
      csr,
      notes: { renewal: formatState(state) },
      replaces: course.identity.certificate.fingerprint,
    });
    return { attempt };
  }

  async #end(
    course: RenewalRun,
    end: Pick<RenewalAttempt, 'outcome' | 'code' | 'message'>,
  ): Promise<AttemptResult> {
    const attempt = { ...course.attempt, ...end, endedAt: this.#now() };
    await this.#options.stateFile.save({ ...course.state, attempts: [...course.state.attempts, attempt] });
    return { attempt };
  }

  async #fail(course: RenewalRun, error: unknown): Promise<AttemptResult> {
    course.signal?.throwIfAborted();
    if (!isProvisionError(error)) throw error;
    const { certificate } = course.identity;
    const now = this.#now();
    if (await this.#isOvertaken(certificate.fingerprint)) return this.#abandon(course, error);
    const pauseMs = nextPause({
      previousMs: course.state.backOff?.pauseMs,
      random: this.#options.random,
      askedMs: askedPause(error),
      capMs: longestPause(certificate.notAfter, now),
    });
    course.state = {
      ...(await this.#fallBack(course, error)),
      backOff: { at: now, until: now + pauseMs, pauseMs },
    };
    const { code, message } = error;
    const attempt: RenewalAttempt = { ...course.attempt, outcome: 'failed', code, message, endedAt: now };
    await this.#options.stateFile
      .save({ ...course.state, attempts: [...course.state.attempts, attempt] })
      .catch((unsaved: unknown) => {
        // The state is kept in memory; the disk may be what the attempt failed for.
        if (!isProvisionError(unsaved)) throw unsaved;
      });
    return { attempt, error };
  }

  async #isOvertaken(fingerprint: string): Promise<boolean> {
    try {
      return !(await this.#options.store.holds(fingerprint));
    } catch (error) {
      // The disk may be what the attempt failed for.
      if (!isProvisionError(error)) throw error;
      return false;
    }
  }

  /** The identity has been given up or replaced meanwhile: nothing of the attempt may stay. */
  async #abandon(course: RenewalRun, error: ProvisionError): Promise<AttemptResult> {
    await this.#discardKey();
    const { code, message } = error;
    return {
      attempt: { ...course.attempt, outcome: 'failed', code, message, endedAt: this.#now() },
      error,
    };
  }

  /** What cannot be discarded now is with the next change. */
  async #discardKey(): Promise<void> {
    // While the device is being enrolled, the next key belongs to the code.
    if ((await this.#options.store.readNote('enrolment')) !== undefined) return;
    await this.#options.store.keys.discardNext().catch((kept: unknown) => {
      if (!isProvisionError(kept)) throw kept;
    });
  }

  /** What of the attempt is worth keeping for the next one. */
  async #fallBack({ identity, state, attempt }: RenewalRun, error: ProvisionError): Promise<RenewalState> {
    const { step: at } = attempt;
    const { staged, ...rest } = state;
    if (at === 'test' && staged && !isRefusal(error)) {
      const failedTests = staged.failedTests + 1;
      if (failedTests < MOST_FAILED_TESTS || !(await this.#isAccepted(identity)))
        return { ...rest, staged: { ...staged, failedTests } };
    } else if (at === 'check' ? error.kind !== 'invalid' : !isRefusal(error)) {
      return state;
    }
    await this.#discardKey();
    const expired = this.#now() > identity.certificate.notAfter;
    // The certificate in use is shown with the request; later steps show the new one.
    const revoked = state.revoked || (at === 'request' && error.code === 'certificate_revoked');
    // Without a record of it, the server will not renew it later either.
    const isOver = expired || error.code === 'certificate_not_recorded';
    return { ...rest, revoked, enrolAgain: isOver && at === 'request' };
  }
}

function step(course: RenewalRun, at: RenewalStep): void {
  course.signal?.throwIfAborted();
  course.attempt = { ...course.attempt, step: at };
}

/** A store with one key, for an identity that is not in place yet. */
const only = (key: StoredKey) => ({ current: async () => key, next: async () => undefined });
