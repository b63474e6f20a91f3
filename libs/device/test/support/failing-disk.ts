import { ProvisionError } from '@org/domain';
import type { FileSystem } from '../../src/index.js';

/** A disk that takes a number of changes and then none any more, until it is mended. What is on it can be read. */
export class FailingDisk implements FileSystem {
  readonly read: FileSystem['read'];
  readonly facts: FileSystem['facts'];

  constructor(
    private readonly files: FileSystem,
    /** Changes that it still takes. */
    public left: number,
  ) {
    this.read = (path) => files.read(path);
    this.facts = (path) => files.facts(path);
  }

  readonly create = this.#change('create');
  readonly rename = this.#change('rename');
  readonly remove = this.#change('remove');
  readonly makeFolder = this.#change('makeFolder');
  readonly syncFolder = this.#change('syncFolder');

  #change<Name extends 'create' | 'rename' | 'remove' | 'makeFolder' | 'syncFolder'>(name: Name) {
    return async (...args: string[]): Promise<void> => {
      this.left -= 1;
      if (this.left < 0) {
        throw new ProvisionError({ kind: 'unavailable', code: 'disk_full', message: `${args[0]}: full.` });
      }
      await (this.files[name] as (...each: string[]) => Promise<void>)(...args);
    };
  }
}
