import {
  type Clock,
  type EnrolmentState,
  type IdSource,
  type Lease,
  randomIds,
  Secret,
  systemClock,
} from '@org/domain';
import { deviceMadeCode } from './code/device-made-code.js';
import { crowdCode, enrolmentCode, parseEnrolmentCode } from './code/enrolment-code.js';
import { type IssuanceContext, type OnDisplaced, momentOf } from './context.js';
import * as approvals from './enrolment/approval.js';
import { type Changed, change } from './enrolment/change.js';
import * as leasing from './enrolment/leasing.js';
import { checkCommonName, checkKeyFingerprint, cleanFacts } from './enrolment/device-facts.js';
import { open } from './enrolment/open.js';
import { poll } from './enrolment/pace.js';
import { type Enrolment, type EnrolmentRecord, enrolmentOf, stateAt } from './enrolment/record.js';
import * as redemptions from './enrolment/redemption.js';
import { isFinal } from './enrolment/state.js';
import type { Moment } from './enrolment/transition.js';
import { codeMalformed, codeUnknown, enrolmentUnknown, invalidRequest } from './errors.js';
import { KeyedHash } from './keyed-hash.js';
import { LegacyCodes } from './legacy/legacy-codes.js';
import { networkPath } from './limits/address-path.js';
import { type Attempter, AttemptLimits } from './limits/attempt-limits.js';
import { type RandomSource, drawSecret, systemRandom } from './random.js';
import { type Redemption, redeem } from './redeeming.js';
import { type CodeSettings, DEFAULT_SETTINGS } from './settings.js';
import type { CodeStore, EnrolmentQuery } from './store/code-store.js';
import type {
  BeginRequest,
  StartedEnrolment,
  PollingCredentials,
  EnrolmentPage,
  Held,
  PendingPage,
  PendingSelection,
  Polled,
} from './use-case-types.js';

export interface CodeIssuanceOptions {
  readonly store: CodeStore;
  /** At least 32 random bytes, the same for all processes that share the store. */
  readonly hashKey: Uint8Array;
  /** What is left out is as in `DEFAULT_SETTINGS`. */
  readonly settings?: Partial<CodeSettings>;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  readonly ids?: IdSource;
  /** Told of each. Must not throw. */
  readonly onDisplaced?: OnDisplaced | undefined;
}

/** Enrolments that one sweep deals with. */
const SWEEP_BATCH = 500;

/**
 * Enrolment by code. A code stands for a device's key until an operator approves it; the device then redeems once, with
 * that key. Keeps no state of its own: any number of processes may share a store.
 */
export class CodeIssuance {
  /** Codes that devices make themselves; undefined unless switched on in the settings. */
  readonly legacy: LegacyCodes | undefined;
  readonly #context: IssuanceContext;

  /** @throws RangeError for a hash key under 32 bytes */
  constructor(options: CodeIssuanceOptions) {
    const { store, hashKey, clock = systemClock, random = systemRandom, ids = randomIds } = options;
    const { onDisplaced = () => undefined } = options;
    const settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const hash = new KeyedHash(hashKey);
    const limits = new AttemptLimits({ store, hash, clock, settings: settings.attempts });
    const owner = ids.uuid();
    this.#context = { store, hash, clock, random, ids, settings, limits, onDisplaced, owner };
    this.legacy = settings.legacy && new LegacyCodes(this.#context, settings.legacy);
  }

  /**
   * A device asks for a code. What it waited for before with the same key has had its time: the caller has made sure
   * that the device has the key, so no one else can end it.
   *
   * @throws ProvisionError invalid `enrolment_request_invalid`; unavailable `too_many_pending`
   */
  async begin({ keyFingerprint, device = {}, commonName, origin }: BeginRequest): Promise<StartedEnrolment> {
    checkKeyFingerprint(keyFingerprint);
    checkCommonName(commonName);
    const { hash, random } = this.#context;
    const pollingSecret = drawSecret(random);
    for (;;) {
      const [short, long] = [enrolmentCode.draw(random), crowdCode.draw(random)];
      const codeHash = hash.of('code', short);
      const record = await open(this.#context, {
        binding: 'key',
        codeHash,
        crowdCodeHash: hash.of('code', long),
        pollingHash: hash.of('polling secret', pollingSecret),
        keyFingerprint,
        device: cleanFacts(device),
        commonName,
        origin,
      });
      if (!record) continue;
      return {
        id: record.id,
        code: new Secret(record.codeHash === codeHash ? enrolmentCode.format(short) : crowdCode.format(long)),
        pollingSecret: new Secret(pollingSecret),
        expiresAt: record.expiresAt,
        intervalMs: record.pace.intervalMs,
      };
    }
  }

  /**
   * The one way from a code to its enrolment. Malformed and unknown codes count as attempts. An operator finds again what
   * he has begun to approve, or approved, so that an answer that was lost can be asked for again.
   *
   * @throws ProvisionError invalid `code_malformed`; not_found `code_unknown`; unavailable `too_many_attempts`, with
   *   `retryAfter` (s) and `limit` in its details; for legacy devices' codes also conflict `code_contested`
   */
  async lookUp({ code, ...who }: Attempter & { readonly code: Secret }): Promise<Enrolment> {
    const isDeviceMade = this.legacy !== undefined && deviceMadeCode.parse(code.reveal()) !== undefined;
    return this.#context.limits.attempt({ ...who, isDeviceMade }, async () => {
      const record = await this.#recordOf(code.reveal(), who.operator);
      const now = this.#context.clock.now();
      if (!record || !isOffered(record, who.operator, now)) throw codeUnknown();
      return enrolmentOf(record, now);
    });
  }

  async #recordOf(text: string, operator: string): Promise<EnrolmentRecord | undefined> {
    const { store, hash } = this.#context;
    const code = parseEnrolmentCode(text);
    if (code) return store.findByCodeHash(hash.of('code', code));
    const deviceMade = this.legacy && deviceMadeCode.parse(text);
    if (deviceMade) return this.legacy.enrolmentFor(deviceMade, operator);
    throw codeMalformed();
  }

  /**
   * Begins an approval whose work takes a while: no one else can approve or deny meanwhile. After a crash the same domain
   * may take it up again when the lease is over; if no one does, the enrolment expires with `undoDue`.
   *
   * @throws ProvisionError not_found `enrolment_unknown`; forbidden `enrolment_denied`; conflict `enrolment_expired`;
   *   unavailable `approval_in_progress`; for legacy devices' codes also as `lookUp`
   */
  async holdApproval(id: string, request: approvals.HoldRequest): Promise<Held> {
    await this.#assertStillAsked(id);
    const { before, record } = await this.#change(id, (found, moment) =>
      approvals.hold(found, request, moment),
    );
    const enrolment = this.#view(record);
    if (record === before) return { step: 'done', enrolment };
    const resumed = before.state === 'approving';
    return { step: 'carry_out', enrolment, lease: leasing.leaseOf(record), resumed };
  }

  /** @throws ProvisionError conflict `lease_lost`: what was made must be removed, unless the new holder goes on with it */
  async completeApproval(lease: Lease, payload: Secret): Promise<Enrolment> {
    const { record } = await this.#change(lease.id, (found, moment) =>
      approvals.approve(found, { lease, payload }, moment),
    );
    await this.#context.limits.noteSuccess(record.approval!.operator);
    return this.#view(record);
  }

  /** The approval came to nothing and left nothing behind. @throws ProvisionError conflict `lease_lost` */
  async releaseApproval(lease: Lease): Promise<void> {
    await this.#change(lease.id, (found, moment) => approvals.release(found, lease, moment));
  }

  /** Approves where nothing needs doing. Errors as `holdApproval`. */
  async approve(id: string, request: approvals.HoldRequest): Promise<Enrolment> {
    const held = await this.holdApproval(id, request);
    return held.step === 'done' ? held.enrolment : this.completeApproval(held.lease, request.payload);
  }

  /**
   * Refuses a device, or takes back an approval that it has not used; then `undoDue` says that there is something to
   * remove.
   *
   * @throws ProvisionError not_found `enrolment_unknown`; conflict `enrolment_expired`, `enrolment_redeemed`;
   *   unavailable `approval_in_progress`, `redemption_in_progress`
   */
  async deny(id: string, by: { readonly domainId: string; readonly operator: string }): Promise<Enrolment> {
    const { record } = await this.#change(id, (found, moment) => approvals.deny(found, by, moment));
    return this.#view(record);
  }

  /** A device asks what became of its code. @throws ProvisionError not_found `enrolment_unknown` */
  async poll(credentials: PollingCredentials): Promise<Polled> {
    const { store, clock } = this.#context;
    const { record, polled } = await this.#look(credentials);
    // A caller that has waited long enough is told at once.
    if (polled.state !== 'pending') return polled;
    const { pace, slowDown } = poll(record.pace, clock.now());
    await store.notePace(record.id, pace);
    return { ...polled, slowDown, intervalMs: pace.intervalMs };
  }

  /** As `poll`, for who watches on a device's behalf: no question of the device's own, so its pace stays as it is. */
  async watch(credentials: PollingCredentials): Promise<Polled> {
    return (await this.#look(credentials)).polled;
  }

  /**
   * A device hands in its key. That it has the key is for the caller to check. Of many at once one gets `issue`; the key
   * that has redeemed gets `done`, as often as it asks.
   *
   * @throws ProvisionError not_found `enrolment_unknown`; unavailable `enrolment_pending`, `redemption_in_progress`;
   *   forbidden `enrolment_denied`, `key_mismatch`; conflict `enrolment_expired`
   */
  async redeem({
    keyFingerprint,
    ...credentials
  }: PollingCredentials & { readonly keyFingerprint: string }): Promise<Redemption> {
    return redeem(this.#context, keyFingerprint, () => this.#findForDevice(credentials));
  }

  /**
   * Puts on record what the device gets, before it is given out. May be repeated.
   *
   * @param payload takes the place of the approval's, where that holds what is of no more use now
   * @throws ProvisionError conflict `lease_lost`: revoke what was issued, and do not give it out
   */
  async recordOutcome(lease: Lease, outcome: Secret, payload?: Secret): Promise<Enrolment> {
    const { record } = await this.#change(lease.id, (found, moment) =>
      redemptions.complete(found, { lease, outcome, payload }, moment),
    );
    return this.#view(record);
  }

  /** How long the leases of approvals and redemptions last, unless they are renewed. */
  get leaseMs(): number {
    return this.#context.settings.leaseMs;
  }

  /** Says that the work under a lease goes on. @throws ProvisionError conflict `lease_lost` */
  async renewLease(lease: Lease): Promise<void> {
    await this.#change(lease.id, (found, moment) => leasing.renewLease(found, lease, moment));
  }

  /**
   * Lets anybody go on at once with an approval or a redemption whose attempt failed, where it was left.
   *
   * @throws ProvisionError conflict `lease_lost`
   */
  async endLease(lease: Lease): Promise<void> {
    await this.#change(lease.id, (found, moment) => leasing.endLease(found, lease, moment));
  }

  async find(id: string): Promise<Enrolment | undefined> {
    const record = await this.#context.store.findById(id);
    return record && this.#view(record);
  }

  /** A domain's enrolments, latest first; `states` are those last written, which the sweep keeps up to date. */
  async list(query: EnrolmentQuery): Promise<EnrolmentPage> {
    const { total, records } = await this.#context.store.list(query);
    return { total, enrolments: records.map((record) => this.#view(record)) };
  }

  /**
   * Those that wait for approval, latest first.
   *
   * @param query.origin an IP address or a network (see `networkPath`): only those that come from there
   * @throws ProvisionError invalid `enrolment_request_invalid` (`origin`)
   */
  async listPending({ origin, ...page }: PendingPage): Promise<EnrolmentPage> {
    const { store, clock } = this.#context;
    const query = { ...page, now: clock.now(), network: networkOf(origin) };
    const { total, records } = await store.listPending(query);
    return { total, enrolments: records.map((record) => this.#view(record)) };
  }

  /**
   * Ends the wait of some of them, as if they had never asked; their devices may ask anew.
   *
   * @returns how many
   * @throws ProvisionError invalid `enrolment_request_invalid` (`origin`)
   */
  async dropPending(which: PendingSelection): Promise<number> {
    const { store } = this.#context;
    if ('ids' in which) return store.dropPending(which);
    return store.dropPending({ network: networkOf('origin' in which ? which.origin : undefined) });
  }

  /** Approvals whose process has died: to be held and carried out again. */
  async listStalledApprovals(limit: number): Promise<Enrolment[]> {
    const { store, clock } = this.#context;
    const records = await store.stalledApprovals(clock.now(), limit);
    return records.map((record) => this.#view(record));
  }

  /** Denied and expired enrolments whose approval had been carried out, in whole or in part. */
  async listUndoDue(limit: number): Promise<Enrolment[]> {
    const records = await this.#context.store.undoDue(limit);
    return records.map((record) => this.#view(record));
  }

  /** What the approval made is removed. @param payload takes the place of the approval's, as in `recordOutcome` */
  async noteUndone(id: string, payload?: Secret): Promise<void> {
    await this.#change(id, (found, moment) => approvals.undone(found, moment, payload));
  }

  /** Expires what is overdue and forgets what is old; to be called every few seconds. @returns what has expired */
  async sweep(): Promise<Enrolment[]> {
    const { store, clock, settings } = this.#context;
    const now = clock.now();
    const expired: Enrolment[] = [];
    for (const { id } of await store.due(now, SWEEP_BATCH)) {
      const { before, record } = await this.#change(id, approvals.expire);
      if (record !== before) expired.push(this.#view(record));
    }
    await store.purge(now);
    await store.purgeAttempts(now);
    if (settings.legacy) await store.purgeAsks(now - settings.legacy.askedWithinMs);
    return expired;
  }

  /** For metrics: of those that have not ended. */
  async countByState(): Promise<Partial<Record<EnrolmentState, number>>> {
    return this.#context.store.countByState();
  }

  async #assertStillAsked(id: string): Promise<void> {
    const record = await this.#context.store.findById(id);
    if (record?.binding !== 'ticket' || record.state !== 'pending') return;
    if (!this.legacy) throw codeUnknown();
    await this.legacy.assertAsked(record);
  }

  async #look(credentials: PollingCredentials) {
    const record = await this.#findForDevice(credentials);
    if (!record) throw enrolmentUnknown();
    const enrolment = this.#view(record);
    const { intervalMs } = record.pace;
    return {
      record,
      polled: { state: shownState(enrolment.state), slowDown: false, intervalMs, enrolment },
    };
  }

  async #findForDevice({ pollingSecret, code }: PollingCredentials): Promise<EnrolmentRecord | undefined> {
    const { store, hash } = this.#context;
    const record = await store.findByPollingHash(hash.of('polling secret', pollingSecret.reveal()));
    if (!record || !code) return record;
    const plain = parseEnrolmentCode(code.reveal());
    return plain && hash.of('code', plain) === record.codeHash ? record : undefined;
  }

  #change(
    id: string,
    decide: (record: EnrolmentRecord, moment: Moment) => EnrolmentRecord,
  ): Promise<Changed> {
    const { store } = this.#context;
    return change(
      store,
      () => store.findById(id),
      (record, now) => decide(record, momentOf(this.#context, record.binding, now)),
    );
  }

  #view(record: EnrolmentRecord): Enrolment {
    return enrolmentOf(record, this.#context.clock.now());
  }
}

/** Others see codes only while they wait; who approved one sees it to its end. */
function isOffered(record: EnrolmentRecord, operator: string, now: number): boolean {
  const state = stateAt(record, now);
  if (state === 'pending') return true;
  return record.approval?.operator === operator && (state === 'redeemed' || !isFinal(state));
}

function networkOf(origin: string | undefined): string {
  if (origin === undefined) return '';
  const path = networkPath(origin);
  if (path !== undefined) return path;
  throw invalidRequest(
    'origin',
    'origin must be an IP address, or a network such as 192.0.2.0/24 or 2001:db8::/48',
  );
}

function shownState(state: EnrolmentState): Polled['state'] {
  if (state === 'approving') return 'pending';
  return state === 'redeeming' ? 'approved' : state;
}
