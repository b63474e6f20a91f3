/**
 * Loaded into the agent with `--import`. Its points are right before the calls that change a file, and at the steps of
 * talking to a server. A write can be begun: the first half of the content is in the file by then.
 */
import { EventEmitter } from 'node:events';
import fs, { type PathLike } from 'node:fs';
import http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { type Point, pass } from './point.js';

type Work = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Work>;

const { writeSync, writeFileSync } = fs;

/** Makes a point before each call of a method; undefined for calls that change nothing. */
function before(
  owner: object,
  names: readonly string[],
  describe: (name: string, args: unknown[], self: unknown) => Point | undefined,
): void {
  const methods = owner as Methods;
  for (const name of names) {
    const method = methods[name]!;
    methods[name] = function (this: unknown, ...args: unknown[]) {
      const found = describe(name, args, this);
      if (found) pass(found);
      return method.apply(this, args);
    };
  }
}

const CHANGING = [
  'appendFile',
  'chmod',
  'chown',
  'copyFile',
  'link',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'symlink',
  'truncate',
  'unlink',
  'utimes',
];
const firstHalf = (content: unknown): Buffer => {
  const bytes = Buffer.from(content as string);
  return bytes.subarray(0, bytes.length >> 1);
};
const call = (name: string, args: unknown[]): Point => ({
  name: `${name} ${args.filter((arg) => typeof arg === 'string').join(' ')}`,
});
const opening = (name: string, args: unknown[]): Point | undefined =>
  args[1] === undefined || args[1] === 'r' ? undefined : call(name, [args[0]]);
const whole = (name: string, [path, content]: unknown[]): Point => ({
  name: `${name} ${String(path)}`,
  begin: () => writeFileSync(path as PathLike, firstHalf(content), { mode: 0o600 }),
});

before(fs.promises, CHANGING, call);
before(fs.promises, ['writeFile'], whole);
before(
  fs,
  CHANGING.map((name) => `${name}Sync`),
  call,
);
before(fs, ['openSync'], opening);
before(fs, ['writeFileSync'], whole);

const { open } = fs.promises;
const handle = await open('/dev/null');
const handles = Object.getPrototypeOf(handle) as object;
await handle.close();
const opened = new WeakMap<object, string>();
fs.promises.open = async (path, flags, mode) => {
  const found = opening('open', [path, flags]);
  if (found) pass(found);
  const file = await open(path, flags, mode);
  opened.set(file, String(path));
  return file;
};
const onHandle = (name: string, self: unknown): string => `${name} ${opened.get(self as object)}`;
before(handles, ['writeFile', 'write', 'appendFile'], (name, [content], self) => ({
  name: onHandle(name, self),
  begin: () => writeSync((self as { fd: number }).fd, firstHalf(content)),
}));
before(handles, ['chmod', 'chown', 'datasync', 'sync', 'truncate', 'utimes'], (name, _, self) => ({
  name: onHandle(name, self),
}));
before(DatabaseSync.prototype, ['exec'], call);

const TOLD = new Set(['connect', 'secureConnect', 'response', 'trailers', 'data', 'end']);

/** Makes a point before anybody is told of an event. */
function beforeEvents(emitter: object, what: string): void {
  const { emit } = EventEmitter.prototype;
  Object.assign(emitter, {
    emit(this: EventEmitter & { _isStdio?: boolean }, name: string, ...args: unknown[]) {
      if (TOLD.has(name) && !this._isStdio) pass({ name: `${what} ${name}` });
      return emit.call(this, name, ...args);
    },
  });
}

beforeEvents(Socket.prototype, 'socket');
before(Socket.prototype, ['connect'], (name) => ({ name: `socket.${name}` }));
// HTTP/1 goes through it, HTTP/2 does not.
Object.assign(Socket.prototype, { write: Socket.prototype.write });
before(Socket.prototype, ['write'], (name, _, self) =>
  (self as { _isStdio?: boolean })._isStdio ? undefined : { name: `socket.${name}` },
);

const { connect } = http2;
http2.connect = ((...args: Parameters<typeof connect>) => {
  const session = connect(...args);
  const { request } = session;
  session.request = (headers, options) => {
    const path = String(Object(headers)[':path']);
    pass({ name: `request ${path}` });
    const stream = request.call(session, headers, options);
    beforeEvents(stream, path);
    before(stream, ['write'], (name) => ({ name: `${path} ${name}` }));
    const { end } = stream;
    stream.end = ((...last: Parameters<typeof end>) => {
      // By the second turn, the kernel has all of it, and no answer can have come.
      setImmediate(() => setImmediate(() => pass({ name: `${path} sent` })));
      return end.apply(stream, last);
    }) as typeof end;
    return stream;
  };
  return session;
}) as typeof connect;

syncBuiltinESMExports();
