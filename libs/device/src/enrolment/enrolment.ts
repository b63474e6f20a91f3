import { type Clock, type ProvisionError, isProvisionError, systemClock } from '@org/domain';
import { requestFor } from '../csr.js';
import { conflict, isTransient, notFound } from '../errors.js';
import { checkIssued } from '../identity/check.js';
import { Mutex } from '../files/mutex.js';
import type { IdentityStore } from '../identity/identity-store.js';
import type { KeyKind, StoredKey } from '../key-store/key-store.js';
import { formatState, initialState } from '../renewal/state.js';
import { askedPause, nextPause } from '../timing/back-off.js';
import { ServerClock } from '../timing/server-clock.js';
import type { PendingEnrolment, DeviceDescription, EnrolmentClient, Grant } from './client.js';
import { contact } from './contact.js';
import { type EnrolmentNote, formatNote, isPast, isUpToDate, readNote } from './note.js';
import { isRefusal } from './server-error.js';

/** What to show to people while an enrolment waits. */
export interface ShownCode {
  readonly code: string;
  /** Where to type it in. */
  readonly address: string | undefined;
  /** Of the key that it stands for, lower-case hex, to be compared; undefined on wires whose server is not told. */
  readonly keyFingerprint: string | undefined;
  /** By the server's clock; milliseconds since 1970. */
  readonly expiresAt: number;
  /** Until then, in milliseconds, whatever the clock of this device says. */
  readonly leftMs: number;
}

export type EnrolmentStep =
  | { readonly state: 'pending'; readonly code: ShownCode; readonly intervalMs: number }
  | { readonly state: 'provisioned'; readonly machineId: string }
  /** The enrolment is over; another may begin. */
  | { readonly state: 'denied' | 'expired' };

interface StepOptions {
  readonly code?: string;
  readonly adopt?: boolean;
  readonly signal?: AbortSignal;
}

interface EnrolmentOptions {
  readonly store: IdentityStore;
  readonly client: EnrolmentClient;
  readonly device: DeviceDescription;
  /** Default P-256. */
  readonly keyKind?: KeyKind;
  /** Lower-case hex SHA-256 of the root to trust while there is none on the disk. */
  readonly rootFingerprint?: string;
  readonly clock?: Clock;
  /** In [0, 1), for pauses after failures. */
  readonly random?: () => number;
}

/**
 * Gets a device an identity: key, code, approval, certificate. Everything that must outlive a restart is on the disk
 * before it is needed, so that an enrolment goes on where it was, with the same key, whenever it was cut off.
 *
 * Errors are ProvisionErrors of the client, the store, and `checkIssued`.
 */
export class Enrolment {
  readonly #options: EnrolmentOptions;
  readonly #clock: ServerClock;
  readonly #random: () => number;
  readonly #turns = new Mutex();
  #done: { readonly code: string; readonly step: EnrolmentStep } | undefined;

  constructor(options: EnrolmentOptions) {
    const { clock = systemClock, random = Math.random } = options;
    this.#options = options;
    this.#clock = clock instanceof ServerClock ? clock : new ServerClock(clock);
    this.#random = random;
  }

  /** The code to show: that of the enrolment under way while it is good, else a new one, for the same key. */
  async begin(signal?: AbortSignal): Promise<ShownCode> {
    const note = await this.#note();
    // Not behind a step that waits for the network: a screen asks for the code, and wants it now.
    if (note && (await this.#isFresh(note))) return this.#shown(note);
    return this.#turns.take(() => this.#begin(signal));
  }

  /** The code of the enrolment under way, good or not. */
  async pending(): Promise<ShownCode | undefined> {
    const note = await this.#note();
    return note && this.#shown(note);
  }

  /**
   * Asks the server once, and fetches and stores the certificate when the operator has approved.
   *
   * @param options.code the code that is meant, for callers who keep codes
   * @param options.adopt whether a code that this device does not show is taken for its own, on wires whose devices make
   * their codes: the one who chooses the code chooses whose device this will be. Default false
   * @throws ProvisionError `not_found` (`enrolment_not_begun`, `code_unknown`, `key_missing`)
   */
  step(options: StepOptions = {}): Promise<EnrolmentStep> {
    return this.#turns.take(() => this.#step(options));
  }

  /** Forgets the enrolment under way, after a step that is being made; the key stays for the next one. */
  cancel(): Promise<void> {
    return this.#turns.take(async () => {
      this.#done = undefined;
      await this.#forget();
    });
  }

  /**
   * Enrols from beginning to end: shows codes as long as it takes, asks at the server's pace, and waits through
   * outages.
   *
   * @returns the machine id
   * @throws ProvisionError `conflict` (`enrolment_denied`), and every refusal; aborts with `signal`'s reason
   */
  async run(options: {
    /** Called for every new code. */
    readonly onCode: (code: ShownCode) => void;
    /** Called after every failure that is waited through. */
    readonly onFailure?: (error: ProvisionError, pauseMs: number) => void;
    readonly signal?: AbortSignal;
  }): Promise<string> {
    let last: string | undefined;
    let pauseMs: number | undefined;
    for (;;) {
      options.signal?.throwIfAborted();
      try {
        const code = await this.begin(options.signal);
        if (code.code !== last) options.onCode(code);
        last = code.code;
        const step = await this.step({ signal: options.signal });
        if (step.state === 'provisioned') return step.machineId;
        if (step.state === 'denied')
          throw conflict('enrolment_denied', 'The operator has denied this device.');
        pauseMs = undefined;
        if (step.state === 'pending') await this.#untilChange(step.intervalMs, options.signal);
      } catch (error) {
        if (!isProvisionError(error) || !isTransient(error)) throw error;
        pauseMs = nextPause({
          ...PAUSES,
          previousMs: pauseMs,
          random: this.#random,
          askedMs: askedPause(error),
        });
        options.onFailure?.(error, pauseMs);
        await this.#clock.sleep(pauseMs, options.signal);
      }
    }
  }

  async #begin(signal?: AbortSignal): Promise<ShownCode> {
    const { client, store, device, keyKind = 'P-256' } = this.#options;
    await contact(client, this.#clock, signal);
    const current = await this.#note();
    if (current && (await this.#isGood(current, signal))) return this.#shown(current);
    const key = await store.keys.prepare(keyKind);
    const { fingerprint: keyFingerprint } = key;
    const begun = await client.begin({ csr: await requestFor(key), keyFingerprint, device, signal });
    return this.#shown(await this.#noteDown(keyFingerprint, begun));
  }

  async #step({ code, adopt = false, signal }: StepOptions): Promise<EnrolmentStep> {
    // The answer to an earlier call for this code may have been lost on its way to the caller.
    if (code !== undefined && code === this.#done?.code) return this.#done.step;
    const note = code === undefined ? await this.#note() : await this.#noteFor(code, adopt);
    if (note === undefined)
      throw notFound('enrolment_not_begun', 'No enrolment is under way on this device.');
    if (note.grant) return this.#redeem(note, note.grant, signal);
    const poll = await this.#options.client.poll(note.begun, signal);
    if (poll.state === 'pending') {
      return {
        state: 'pending',
        code: this.#shown(note),
        intervalMs: poll.intervalMs ?? note.begun.intervalMs,
      };
    }
    if (poll.state === 'approved') {
      await this.#write({ ...note, grant: poll.grant });
      return this.#redeem(note, poll.grant, signal);
    }
    await this.#forget();
    return poll;
  }

  async #redeem(note: EnrolmentNote, grant: Grant, signal?: AbortSignal): Promise<EnrolmentStep> {
    const { client, store, rootFingerprint } = this.#options;
    const { begun, keyFingerprint } = note;
    const csr = await requestFor(await this.#keyOf(note), grant.machineId);
    const issued = await client.redeem({ begun, grant, csr, signal }).catch(async (error: unknown) => {
      // A refusal is final: what was approved is used up, or was for someone else.
      if (isRefusal(error)) await this.#forget();
      throw error;
    });
    // An answer that is refused here does not end the enrolment: a clock or a root that is put right helps, and a new
    // enrolment would be a second machine at the server.
    const trust = await store.trust(rootFingerprint);
    const { machineId } = grant;
    const checked = checkIssued({ issued, keyFingerprint, machineId, trust, now: this.#clock.now() });
    const renewal = initialState(checked.certificate.fingerprint, { serverHint: issued.renewAt });
    await store.install(checked, { csr, notes: { enrolment: null, renewal: formatState(renewal) } });
    const step = { state: 'provisioned', machineId: checked.machineId } as const;
    this.#done = { code: begun.code, step };
    return step;
  }

  async #note(): Promise<EnrolmentNote | undefined> {
    return readNote(await this.#options.store.readNote('enrolment'));
  }

  async #noteDown(keyFingerprint: string, begun: PendingEnrolment): Promise<EnrolmentNote> {
    const expiresAt = this.#clock.now() + begun.lifetimeMs;
    const { skewMs } = this.#clock;
    const note: EnrolmentNote = { keyFingerprint, begun, expiresAt, skewMs, grant: undefined };
    await this.#write(note);
    return note;
  }

  #write(note: EnrolmentNote): Promise<void> {
    return this.#options.store.writeNote('enrolment', formatNote(note));
  }

  async #noteFor(code: string, adopt: boolean): Promise<EnrolmentNote> {
    const { client, store, keyKind = 'P-256' } = this.#options;
    const note = await this.#note();
    // An approval is followed up whatever the screen shows by now.
    if (note && (note.grant || note.begun.code === code)) return note;
    if (!adopt || !client.adopt)
      throw notFound('code_unknown', 'This code is not the one that the device shows.');
    const { fingerprint: keyFingerprint } = await store.keys.prepare(keyKind);
    return this.#noteDown(keyFingerprint, client.adopt(code));
  }

  async #untilChange(intervalMs: number, signal?: AbortSignal): Promise<void> {
    const note = await this.#note();
    const changed = note && (await this.#options.client.awaitChange?.(note.begun, signal));
    if (!changed) await this.#clock.sleep(intervalMs, signal);
  }

  #forget(): Promise<void> {
    return this.#options.store.writeNote('enrolment', null);
  }

  async #isFresh(note: EnrolmentNote): Promise<boolean> {
    if (!isUpToDate(note, this.#now(note))) return false;
    return (await this.#options.store.keys.next())?.fingerprint === note.keyFingerprint;
  }

  /** A code whose time is over may have been approved meanwhile: a new one would then be a second machine. */
  async #isGood(note: EnrolmentNote, signal?: AbortSignal): Promise<boolean> {
    if (await this.#isFresh(note)) return true;
    if ((await this.#options.store.keys.next())?.fingerprint !== note.keyFingerprint) return false;
    const poll = await this.#options.client.poll(note.begun, signal).catch((error: unknown) => {
      // The wire that it began on may be gone for good, and the server be there on another.
      if (isProvisionError(error) && isPast(note, this.#now(note))) return undefined;
      throw error;
    });
    if (poll?.state !== 'approved') return false;
    await this.#write({ ...note, grant: poll.grant });
    return true;
  }

  /** The server's time, also before it has said any: an enrolment goes on after a restart. */
  #now({ skewMs }: EnrolmentNote): number {
    return this.#clock.now(skewMs);
  }

  #shown(note: EnrolmentNote): ShownCode {
    const { begun, keyFingerprint, expiresAt } = note;
    // The clock may have been set since: nothing is left then that the server has not said.
    const leftMs = Math.min(begun.lifetimeMs, Math.max(0, expiresAt - this.#now(note)));
    return {
      code: begun.code,
      address: begun.address,
      keyFingerprint: begun.secret && keyFingerprint,
      ...{ expiresAt, leftMs },
    };
  }

  async #keyOf({ keyFingerprint }: EnrolmentNote): Promise<StoredKey> {
    const key = await this.#options.store.keys.next();
    if (key?.fingerprint === keyFingerprint) return key;
    await this.#forget();
    throw notFound('key_missing', 'The key that this enrolment began with is gone. Enrol again.');
  }
}

const PAUSES = { baseMs: 2e3, capMs: 5 * 60e3 };
