import { Secret } from '@org/domain';
import { deviceMadeCode } from '../code/device-made-code.js';
import { type IssuanceContext, momentOf } from '../context.js';
import { change } from '../enrolment/change.js';
import { expire } from '../enrolment/approval.js';
import { open } from '../enrolment/open.js';
import { type Enrolment, type EnrolmentRecord, enrolmentOf, stateAt } from '../enrolment/record.js';
import { mayHaveTicket } from '../enrolment/redemption.js';
import { isFinal } from '../enrolment/state.js';
import { changed } from '../enrolment/transition.js';
import { askedLimit, codeMalformed, ticketRefused, tooManyPending } from '../errors.js';
import { addressGroup } from '../limits/address-group.js';
import { addressPath } from '../limits/address-path.js';
import { levelOf } from '../limits/attempt-limits.js';
import { drawSecret } from '../random.js';
import { type Redemption, redeem } from '../redeeming.js';
import type { LegacySettings } from '../settings.js';
import type { Ask } from '../store/code-store.js';
import { claimableAsk } from './asked.js';

/** A question about a code, and the network address that it comes from. */
interface Question {
  readonly code: Secret;
  readonly address: string;
}

interface TicketRedemption {
  readonly ticket: Secret;
  readonly keyFingerprint: string;
  /** The network address that the ticket comes from. */
  readonly address: string;
  /** Looks at the enrolment before the ticket is used up; throws to refuse. */
  check?(enrolment: Enrolment): void;
}

/** What it is answered with. */
export type Asked =
  /** Not approved, or not for this caller: keep polling. */
  | { readonly state: 'waiting' }
  /** The ticket takes the place of all earlier ones. */
  | {
      readonly state: 'approved';
      readonly enrolment: Enrolment;
      readonly ticket: Secret;
      readonly ticketExpiresAt: number;
    };

/**
 * Legacy devices make their codes themselves and name no key. So that no one approves a code that no device shows, a code is
 * known only while someone asks about it, the one who asked gets a one-time ticket, and the key that comes with the ticket
 * is the enrolment's. Until its short repeat window is over, each caller from the same address gets another ticket, and may
 * come with another key, which then takes the first one's place: these devices make a new key whenever an answer was lost.
 */
export class LegacyCodes {
  readonly #context: IssuanceContext;
  readonly #settings: LegacySettings;

  constructor(context: IssuanceContext, settings: LegacySettings) {
    this.#context = context;
    this.#settings = settings;
  }

  /** A code for a device that lets the server make it; counts as asked about. */
  async generate({ address }: { readonly address: string }): Promise<Secret> {
    const { store, random } = this.#context;
    await this.#takeAsk(address);
    for (;;) {
      const code = deviceMadeCode.draw(random);
      const codeHash = this.#hashOf(code);
      if (await store.findByCodeHash(codeHash)) continue;
      await this.#note(codeHash, address);
      return new Secret(code);
    }
  }

  /**
   * A device asks what became of its code.
   *
   * @throws ProvisionError invalid `code_malformed`; unavailable `too_many_attempts`, `too_many_pending`
   */
  async ask(question: Question): Promise<Asked> {
    return this.#answer(question, (record) => this.#giveTicket(record.id));
  }

  /** As `ask`, for who does not redeem: no ticket is given, so the device's last one stays good. Errors as `ask`. */
  async watch(question: Question): Promise<Asked['state']> {
    const { clock } = this.#context;
    const { state } = await this.#answer(question, (record) =>
      mayHaveTicket(record, clock.now()) ? { state: 'approved' as const } : undefined,
    );
    return state;
  }

  /** Counts as a question about the code, unless `approved` has an answer. */
  async #answer<T>(
    { code, address }: Question,
    approved: (record: EnrolmentRecord) => T | undefined | Promise<T | undefined>,
  ): Promise<T | { readonly state: 'waiting' }> {
    const { store } = this.#context;
    await this.#takeAsk(address);
    const plain = deviceMadeCode.parse(code.reveal());
    if (!plain) throw codeMalformed();
    const codeHash = this.#hashOf(plain);
    const record = await store.findByCodeHash(codeHash);
    const answer = record && this.#isAsker(record, address) && (await approved(record));
    if (answer) return answer;
    await this.#note(codeHash, address);
    return { state: 'waiting' };
  }

  /**
   * The device hands a ticket and its key in. From then on the ticket is good for that key only, and where addresses are
   * bound it never was for another address. Use `CodeIssuance.recordOutcome` with the lease.
   *
   * @throws ProvisionError forbidden `ticket_refused`, `key_mismatch`; as `CodeIssuance.redeem`, and what `check` throws
   */
  async redeem({ ticket, keyFingerprint, address, check }: TicketRedemption): Promise<Redemption> {
    const { store, hash, clock } = this.#context;
    const ticketHash = hash.of('ticket', ticket.reveal());
    return redeem(this.#context, keyFingerprint, async () => {
      const record = await store.findByTicketHash(ticketHash);
      const now = clock.now();
      if (!record?.ticket || record.ticket.expiresAt <= now) throw ticketRefused();
      const { keyFingerprint: usedBy = keyFingerprint } = record.ticket;
      if (usedBy !== keyFingerprint || !this.#isAsker(record, address)) throw ticketRefused();
      check?.(enrolmentOf(record, now));
      return record;
    });
  }

  /**
   * The enrolment of a code that an operator has typed; made now if a device asks about the code.
   *
   * @throws ProvisionError not_found `code_unknown`, conflict `code_contested`, unavailable `too_many_attempts` or
   *   `too_many_pending`
   */
  async enrolmentFor(code: string, operator: string): Promise<EnrolmentRecord> {
    const { store, clock } = this.#context;
    const codeHash = this.#hashOf(code);
    for (;;) {
      const found = await store.findByCodeHash(codeHash);
      if (found && isCurrent(found, clock.now())) return found;
      if (found && !isFinal(found.state)) await this.#expire(found.id);
      const ask = await this.#claimableAsk(codeHash);
      await this.#takeClaim(operator);
      const record = await open(this.#context, { ...UNTOLD, codeHash, origin: ask.address });
      if (record) return record;
    }
  }

  /** Before an approval: the device must still be there, and be the one whose code was looked up. */
  async assertAsked(record: EnrolmentRecord): Promise<void> {
    await this.#claimableAsk(record.codeHash, record.originPath);
  }

  async #claimableAsk(codeHash: string, path?: string): Promise<Ask> {
    const { store, clock } = this.#context;
    const { askedWithinMs, bindAddress } = this.#settings;
    const asks = await store.asksAbout(codeHash, clock.now() - askedWithinMs);
    return claimableAsk(asks, bindAddress ? { path } : undefined);
  }

  #isAsker(record: EnrolmentRecord, address: string): boolean {
    return !this.#settings.bindAddress || record.originPath === addressPath(address);
  }

  async #giveTicket(id: string): Promise<Asked | undefined> {
    const { store, hash, random, clock } = this.#context;
    const ticket = drawSecret(random);
    const expiresAt = clock.now() + this.#settings.ticketLifetimeMs;
    const given = { hash: hash.of('ticket', ticket), expiresAt, keyFingerprint: undefined };
    const { before, record } = await change(
      store,
      () => store.findById(id),
      (found, now) => {
        const { terms } = momentOf(this.#context, found.binding, now);
        const may = found.binding === 'ticket' && mayHaveTicket(found, now);
        return may ? changed(found, terms, { ticket: given }) : found;
      },
    );
    if (record === before) return undefined;
    const enrolment = enrolmentOf(record, clock.now());
    return { state: 'approved', enrolment, ticket: new Secret(ticket), ticketExpiresAt: expiresAt };
  }

  async #note(codeHash: string, address: string): Promise<void> {
    const { store, clock, onDisplaced } = this.#context;
    const { askedWithinMs, asked: caps } = this.#settings;
    const at = clock.now();
    const ask = { codeHash, address, addressPath: addressPath(address), at };
    const noted = await store.noteAsked(ask, { since: at - askedWithinMs, caps });
    if (noted.outcome === 'full') throw tooManyPending(askedLimit(noted.level), askedWithinMs);
    const { displaced } = noted;
    if (displaced) onDisplaced({ limit: askedLimit(displaced.level), origin: displaced.origin });
  }

  async #takeAsk(address: string): Promise<void> {
    const { hash, limits } = this.#context;
    const key = `ask/address/${hash.of('address', addressGroup(address))}`;
    await limits.take([levelOf('address', key, this.#settings.asksPerAddress)]);
  }

  async #takeClaim(operator: string): Promise<void> {
    const { hash, limits } = this.#context;
    const key = `claim/operator/${hash.of('operator', operator)}`;
    await limits.take([levelOf('claims', key, this.#settings.claimsPerOperator)]);
  }

  async #expire(id: string): Promise<void> {
    const { store } = this.#context;
    await change(
      store,
      () => store.findById(id),
      (record, now) => expire(record, momentOf(this.#context, record.binding, now)),
    );
  }

  #hashOf(code: string): string {
    return this.#context.hash.of('code', code);
  }
}

const UNTOLD = {
  binding: 'ticket',
  pollingHash: undefined,
  keyFingerprint: undefined,
  device: {},
  commonName: undefined,
} as const;

/** Whether the code still stands for this enrolment: devices may come upon a code of long ago again. */
function isCurrent(record: EnrolmentRecord, now: number): boolean {
  const state = stateAt(record, now);
  if (state === 'redeemed') return now < record.repeatUntil!;
  // A refusal holds as long as the code would have.
  return state === 'denied' ? now < record.expiresAt : !isFinal(state);
}
