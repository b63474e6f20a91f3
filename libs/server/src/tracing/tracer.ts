import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids, counts and names out of fixed sets: never tokens, keys, codes, external keys, or an error's message. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

export interface SpanFacts {
  /** Out of a fixed set, such as `POST /v1/enrolments` or `clients create`. */
  readonly name: string;
  /** `internal` by default. */
  readonly kind?: 'server' | 'client' | 'internal';
  readonly attributes?: SpanAttributes;
  /** Of a caller (W3C Trace Context); anything malformed counts as none. */
  readonly traceparent?: string | undefined;
  /** How many milliseconds ago it began, where it has ended already. Default 0. */
  readonly agoMs?: number;
}

interface SpanEnd {
  readonly attributes?: SpanAttributes;
  /** Makes it a failed one. Of a thrown value only the code is told. */
  readonly error?: unknown;
}

/** Something that takes time. */
export interface ActiveSpan {
  /** Undefined when nothing is traced. */
  readonly traceId: string | undefined;
  /** For what is requested on its behalf (W3C Trace Context); undefined when nothing is traced. */
  readonly traceparent: string | undefined;
  /** Spans that begin within are its children. */
  run<T>(work: () => T): T;
  /** Once. */
  end(end?: SpanEnd): void;
}

/** Traces what the product does, or nothing. Never throws, and never waits for anything but `close`. */
export interface Tracer {
  /** False: all calls do nothing. */
  readonly isOn: boolean;
  begin(facts: SpanFacts): ActiveSpan;
  /** Runs work in a span of its own. */
  within<T>(facts: SpanFacts, work: () => Promise<T>): Promise<T>;
  /** Sends what is left, within a time limit. */
  close(): Promise<void>;
}

const NO_SPAN: ActiveSpan = {
  traceId: undefined,
  traceparent: undefined,
  run: (work) => work(),
  end: () => undefined,
};

export const NO_TRACER: Tracer = {
  isOn: false,
  begin: () => NO_SPAN,
  within: (_, work) => work(),
  close: async () => undefined,
};

/** The innermost span of the running code. */
export const activeSpan = new AsyncLocalStorage<ActiveSpan>();

type Methods<T> = {
  [M in keyof T]: T[M] extends (...args: never[]) => Promise<unknown> ? M : never;
}[keyof T];

/** Has calls of some methods of an object run in spans `prefix method`. Changes the object. */
export function traceMethods<T extends object>(
  tracer: Tracer,
  target: T,
  { prefix, methods }: { readonly prefix: string; readonly methods: readonly Methods<T>[] },
): void {
  if (!tracer.isOn) return;
  for (const method of methods) {
    const call = target[method] as (...args: unknown[]) => Promise<unknown>;
    const traced = (...args: unknown[]) =>
      tracer.within({ name: `${prefix} ${String(method)}` }, () => call.apply(target, args));
    Object.assign(target, { [method]: traced });
  }
}
