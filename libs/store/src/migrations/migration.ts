import type { CreateIndexBuilder, Kysely, SchemaModule } from 'kysely';

/** One step of the schema, recorded once it is done. */
export type Migration = SchemaChange | NewIndexes;

export interface SchemaChange {
  /**
   * In one transaction, which waits for the locks of others for a second at a time. Tables with many rows are neither
   * rewritten nor scanned here: that would keep everybody from writing. New columns have a default or may be null, so that
   * earlier apps go on inserting.
   */
  up(db: Kysely<unknown>): Promise<void>;
  /**
   * The name of the earliest migration whose apps still work after this one, where it takes something away that apps before
   * that need. All earlier apps go on working otherwise.
   */
  readonly oldestApp?: string;
}

/** Indexes on tables that have rows by now; built while others write, and again from the start when that was cut off. */
interface NewIndexes {
  indexes(schema: SchemaModule): readonly NewIndex[];
}

export type NewIndex = Pick<CreateIndexBuilder, 'compile' | 'execute' | 'toOperationNode'>;

/** By name, in the order of their names; a name never changes once released. An app's schema version is its last name. */
export type Migrations = Readonly<Record<string, Migration>>;
