/** What is known of a file or folder without opening it. */
export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'other';
  /** Permission bits, such as 0o600. */
  readonly mode: number;
  /** User id of the owner. */
  readonly owner: number;
}

/**
 * The few things that this library does with a disk, each durable or not as it says. Links are followed, except by
 * `rename` and `remove`.
 *
 * Every method throws ProvisionError: `unavailable` (`disk_full`, `disk_read_only`, `file_error`), `forbidden`
 * (`file_not_permitted`), `invalid` (`folder_in_the_way`, `file_in_the_way`).
 */
export interface FileSystem {
  /** Undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Undefined when there is nothing. */
  facts(path: string): Promise<FileFacts | undefined>;
  /**
   * Makes a new file with mode 0600 and writes its content through to the disk. Its name is durable only after
   * `syncFolder`. What a failure or a power cut leaves of it can be anything.
   */
  create(path: string, content: string): Promise<void>;
  /** Atomic, in one folder; durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Succeeds when there is none; durable after `syncFolder`. */
  remove(path: string): Promise<void>;
  /** Makes a folder and those above it, mode 0700, durable; leaves existing ones as they are. */
  makeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}
