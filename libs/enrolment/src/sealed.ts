import { type JsonObject, ProvisionError, Secret, isJsonObject } from '@org/domain';

/** A kind of content that code-issuance keeps for this library: opaque to it, and sealed by the store. */
export interface Sealed<T> {
  write(content: T): Secret;
  /** What is not known, as a newer process may have written it, is left out. @throws ProvisionError `enrolment_unreadable` */
  read(text: Secret): T;
}

export const sealed = <T>(contentOf: (fields: Fields) => T): Sealed<T> => ({
  write: (content) => new Secret(JSON.stringify(content)),
  read: (text) => contentOf(new Fields(objectIn(text))),
});

/** The fields of a content, each read as what it must be. */
export class Fields {
  constructor(
    private readonly json: JsonObject,
    private readonly at = '',
  ) {}

  text(name: string): string {
    const value = this.json[name];
    return typeof value === 'string' ? value : this.#unreadable(name);
  }

  texts(name: string): string[] {
    const values = this.json[name];
    if (!Array.isArray(values)) return this.#unreadable(name);
    return values.map((value) => (typeof value === 'string' ? value : this.#unreadable(name)));
  }

  object<T>(name: string, contentOf: (fields: Fields) => T): T {
    const value = this.json[name];
    return isJsonObject(value) ? contentOf(new Fields(value, `${this.at}${name}.`)) : this.#unreadable(name);
  }

  /** `{ name: value }`, or nothing where the content has no such field. */
  optional<N extends string, T>(name: N, read: () => T): { readonly [name in N]?: T } {
    return this.json[name] === undefined ? {} : ({ [name]: read() } as { readonly [name in N]?: T });
  }

  #unreadable(name: string): never {
    throw unreadable(`${this.at}${name}`);
  }
}

/** Without the parser's own words: they quote what they could not read, and this is secret. */
function objectIn(text: Secret): JsonObject {
  try {
    const value: unknown = JSON.parse(text.reveal());
    if (isJsonObject(value)) return value;
  } catch {
    // Said below.
  }
  throw unreadable('all of it');
}

const unreadable = (what: string): ProvisionError =>
  new ProvisionError({
    kind: 'internal',
    code: 'enrolment_unreadable',
    message: `what is kept of this enrolment cannot be read (${what}); deny it, and enrol the device anew`,
  });
