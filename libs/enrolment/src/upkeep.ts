import { takeUp } from './approval/approve.js';
import { undo } from './approval/undo.js';
import type { EnrolmentContext } from './context.js';
import { isCode } from './errors.js';
import type { MachineRecord } from './machines/machine-store.js';
import { removeDue } from './machines/revoke.js';

/** What one look takes up of each kind. */
const BATCH = 50;
/** What failed is left alone this long: an outage or a token that is over does not end in seconds. */
const TRY_AGAIN_MS = 60_000;
/** How long the request that revoked a machine may itself take to remove its gateway. */
const REVOKER_MAY_TAKE_MS = 60_000;

/** Expires what is overdue and goes on with what crashed processes left; any number of processes may do so at once. */
export class Upkeep {
  readonly #context: EnrolmentContext;
  readonly #stopping = new AbortController();
  /** When what failed is due again, by its name. */
  readonly #failed = new Map<string, number>();
  /** How many of each kind the next look passes over: what failed must not keep what comes after it waiting for ever. */
  readonly #passed = new Map<string, number>();
  #running: Promise<void> | undefined;

  constructor(context: EnrolmentContext) {
    this.#context = context;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, upkeepEveryMs } = this.#context;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#look();
      await clock.sleep(upkeepEveryMs, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { codes, clock } = this.#context;
    const now = clock.now();
    for (const [name, dueAt] of this.#failed) if (dueAt <= now) this.#failed.delete(name);
    // First, as what expires can no longer be taken up.
    await this.#each('resumption of approval', (limit) => codes.listStalledApprovals(limit), takeUp);
    await this.#attempt('sweep of enrolments', () => this.#sweep());
    await this.#each('rollback of approval', (limit) => codes.listUndoDue(limit), undo);
    await this.#each(
      'removal of the gateway of machine',
      (limit) => this.#abandonedRemovals(now - REVOKER_MAY_TAKE_MS, limit),
      (context, machine) => removeDue(context, machine, undefined),
    );
  }

  async #abandonedRemovals(revokedBy: number, limit: number): Promise<MachineRecord[]> {
    const due = await this.#context.machines.removalDue(limit);
    return due.filter(({ revocation }) => revocation!.at <= revokedBy);
  }

  async #sweep(): Promise<void> {
    const { codes, observer } = this.#context;
    for (const { id, domainId } of await codes.sweep()) observer.expired?.({ enrolmentId: id, domainId });
  }

  /** @param list the oldest, up to a limit */
  async #each<T extends { readonly id: string }>(
    what: string,
    list: (limit: number) => Promise<readonly T[]>,
    work: (context: EnrolmentContext, item: T) => Promise<unknown>,
  ): Promise<void> {
    await this.#attempt(what, async () => {
      const passed = this.#passed.get(what) ?? 0;
      const batch = (await list(passed + BATCH)).slice(passed);
      const nameOf = ({ id }: T) => `${what} ${id}`;
      const due = batch.filter((item) => !this.#failed.has(nameOf(item)));
      const { within = (_what, _id, job) => job() } = this.#context.observer;
      const each = (item: T) => within(what, item.id, () => work(this.#context, item));
      await Promise.all(due.map((item) => this.#attempt(nameOf(item), () => each(item))));
      // What succeeded is no longer in the list. After its end comes its beginning.
      const failed = batch.filter((item) => this.#failed.has(nameOf(item)));
      this.#passed.set(what, batch.length < BATCH ? 0 : passed + failed.length);
    });
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { clock, observer } = this.#context;
    try {
      await work();
    } catch (error) {
      this.#failed.set(what, clock.now() + TRY_AGAIN_MS);
      // Another process is at it.
      if (isCode(error, 'removal_under_way')) return;
      observer.trouble?.(what, error);
    }
  }
}
