import type { Field, Sealer } from './sealer.js';

type Columns<Row> = Exclude<keyof Row & string, 'mac'>;

/** Ties columns of a table's rows to each other: none can be changed by hand, or copied from another row. */
export class RowMac<Row extends { readonly mac: string }> {
  readonly #table: string;
  readonly #columns: readonly Columns<Row>[];

  /** @param tied for each column, whether it belongs to what is tied */
  constructor(table: string, tied: Readonly<Record<Columns<Row>, boolean>>) {
    this.#table = table;
    this.#columns = (Object.keys(tied) as Columns<Row>[]).filter((column) => tied[column]).toSorted();
  }

  of(row: Partial<Row>, sealer: Sealer): string {
    return sealer.mac(this.#table, this.#fields(row));
  }

  /** @throws ProvisionError internal `state_key_mismatch` */
  assert(row: Row, sealer: Sealer): void {
    sealer.assertMac(row.mac, this.#table, this.#fields(row));
  }

  #fields(row: Partial<Row>): Field[] {
    return this.#columns.map((column) => row[column] as Field);
  }
}
