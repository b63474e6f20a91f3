/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. Throws when it is none. */
  readonly json: unknown;
  /** The same, as the type that the test counts on. */
  read<T>(): T;
  readonly bytes: Buffer;
}

export interface Sent {
  readonly token?: string;
  /** The whole `Authorization` header, in place of `token`. */
  readonly authorization?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | Buffer;
  readonly type?: string;
}

/** One request, with nothing added that was not asked for. */
export async function send(method: string, url: string, sent: Sent = {}): Promise<Answer> {
  const {
    token,
    authorization = token === undefined ? undefined : `Bearer ${token}`,
    json,
    body,
    type,
  } = sent;
  const headers: Record<string, string> = {};
  if (authorization !== undefined) headers['authorization'] = authorization;
  const contentType = type ?? (json === undefined ? undefined : 'application/json');
  if (contentType !== undefined) headers['content-type'] = contentType;
  const payload = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(url, { method, headers, ...(payload !== undefined && { body: payload }) });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString('utf8');
  return {
    status: response.status,
    headers: response.headers,
    text,
    bytes,
    get json() {
      return JSON.parse(text) as unknown;
    },
    read: <T>() => JSON.parse(text) as T,
  };
}

/** Magistrala's error body, whole: one key and a line's end. */
export const message = (text: string) => `${JSON.stringify({ message: text })}\n`;
