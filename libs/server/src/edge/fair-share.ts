/** Things that take up something scarce, each of an owner, in the order in which they came. */
export class FairShare<T> {
  readonly #owners = new Map<string, { taken: number; readonly items: Map<T, number> }>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  ofOwner(owner: string): number {
    return this.#owners.get(owner)?.taken ?? 0;
  }

  /** Something that is there already keeps its place in the order. */
  take(owner: string, item: T, amount: number): void {
    const share = this.#owners.get(owner) ?? { taken: 0, items: new Map<T, number>() };
    this.#owners.set(owner, share);
    share.items.set(item, (share.items.get(item) ?? 0) + amount);
    share.taken += amount;
    this.#total += amount;
  }

  giveBack(owner: string, item: T): void {
    const share = this.#owners.get(owner);
    const amount = share?.items.get(item);
    if (!share || amount === undefined) return;
    share.items.delete(item);
    share.taken -= amount;
    this.#total -= amount;
    if (share.items.size === 0) this.#owners.delete(owner);
  }

  /** Of an owner, oldest first. */
  itemsOf(owner: string): Iterable<T> {
    return this.#owners.get(owner)?.items.keys() ?? [];
  }

  /** Who takes up most: a caller with little is never it while others hold more. */
  greediest(): string | undefined {
    let most: { readonly owner?: string; readonly taken: number } = { taken: 0 };
    for (const [owner, { taken }] of this.#owners) if (taken > most.taken) most = { owner, taken };
    return most.owner;
  }
}
