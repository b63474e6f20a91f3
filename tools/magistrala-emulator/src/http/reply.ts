/** An answer of a service, before it is written to a socket. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const JSON_TYPE = { 'content-type': 'application/json' } as const;

export function json(status: number, value: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: `${JSON.stringify(value)}\n` };
}

/** Magistrala declares JSON on its empty answers too. */
export function empty(status: number): Reply {
  return { status, headers: JSON_TYPE };
}

export function plain(status: number, text: string): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
}

/** The value without the members that Go's `omitempty` leaves out: absent, `""`, and empty lists and objects. */
export function omitEmpty<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => !isEmpty(member))) as Partial<T>;
}

function isEmpty(member: unknown): boolean {
  if (member === undefined || member === null || member === '') return true;
  if (Array.isArray(member)) return member.length === 0;
  return typeof member === 'object' && Object.keys(member).length === 0;
}
