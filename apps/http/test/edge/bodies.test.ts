import { afterEach, describe, expect, it } from '@jest/globals';
import { type RunningApp, startApp } from '../app.js';
import { enrolmentEnvironment } from '../enrolment/setting.js';
import { Stranger, reached, saidOf, until } from './sockets.js';

let app: RunningApp;
let strangers: Stranger[] = [];
afterEach(async () => {
  for (const stranger of strangers) stranger.leave();
  strangers = [];
  await app.close();
});

const start = async (more: Record<string, string>) => {
  app = await startApp(undefined, enrolmentEnvironment(more));
};

const KIB = 1_024;
const LENGTH = 16 * KIB;
/** What a request of that length holds at most: its head, and twice its bytes. It holds at least 24 KiB. */
const MOST = 40 * KIB;

/** Sends the head of a request, and a body but for its last byte. */
async function stall(caller = 0): Promise<Stranger> {
  const stranger = await Stranger.connect(app, caller);
  strangers.push(stranger);
  await stranger.post('/v1/enrolments', LENGTH);
  stranger.write('x'.repeat(LENGTH - 1));
  return stranger;
}

async function askFrom(caller: number): Promise<string> {
  const stranger = await Stranger.connect(app, caller);
  strangers.push(stranger);
  await stranger.post('/v1/enrolments/poll', 2);
  return stranger.request('{}');
}

const REFUSED = /HTTP\/1\.1 429 .*connection: close.*retry-after: 1.*"too_many_unfinished"/s;
const closed = () => strangers.filter(({ isClosed }) => isClosed);

describe('bodies that do not end', () => {
  it('hold no more memory than an address may have: its oldest ones are refused', async () => {
    await start({ MG_PROVISION_MAX_UNFINISHED_BYTES_PER_ADDRESS: String(4 * MOST) });
    const other = await stall(1);
    const all: Stranger[] = [];
    for (let at = 0; at < 10; at++) all.push(await stall());
    for (const each of all.slice(0, 4)) expect(await each.answer).toMatch(REFUSED);
    expect(await askFrom(0)).toMatch(/^HTTP\/1\.1 400 .*invalid_field/s);
    expect([other, ...all.slice(7)].map(({ isClosed }) => isClosed)).toEqual([false, false, false, false]);
    expect(await other.request('x')).toMatch(/^HTTP\/1\.1 400 .*invalid_json/s);
    expect(await reached(app, 'unfinished_address')).toBeGreaterThanOrEqual(4);
    expect(saidOf(app, 'unfinished_address')).toEqual([expect.objectContaining({ address: '127.0.0.2' })]);
  });

  it('of many addresses hold no more memory than all may have, and a caller who sends in one go is answered', async () => {
    await start({ MG_PROVISION_MAX_UNFINISHED_BYTES: String(8 * MOST) });
    for (let caller = 0; caller < 8; caller++) for (const _ of [1, 2, 3]) await stall(caller);
    await until(() => closed().length >= 10);
    for (const each of closed()) expect(await each.answer).toMatch(REFUSED);
    expect(await askFrom(30)).toMatch(/^HTTP\/1\.1 400 .*invalid_field/s);
    expect(await reached(app, 'unfinished_over_all')).toBeGreaterThanOrEqual(10);
  });

  it('that come a byte at a time hold little more than their bytes', async () => {
    await start({ MG_PROVISION_MAX_UNFINISHED_BYTES_PER_ADDRESS: String(16 * KIB) });
    const stranger = await Stranger.connect(app);
    strangers.push(stranger);
    stranger.write('POST /v1/enrolments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    stranger.write('1\r\nx\r\n'.repeat(12 * KIB));
    expect(await stranger.answer).toMatch(REFUSED);
  });

  it('are given back when their clients leave, or the body is there', async () => {
    await start({ MG_PROVISION_MAX_UNFINISHED_BYTES_PER_ADDRESS: String(2 * MOST) });
    for (let at = 0; at < 6; at++) {
      const stranger = await stall();
      if (at % 2 === 0) stranger.leave();
      else expect(await stranger.request('x')).toMatch(/^HTTP\/1\.1 400 .*invalid_json/s);
      expect(await askFrom(0)).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(await reached(app, 'unfinished_address')).toBe(0);
  });

  it('are cut off in time', async () => {
    await start({ MG_PROVISION_REQUEST_TIMEOUT: '500ms' });
    const from = performance.now();
    expect(await (await stall()).answer).toMatch(/HTTP\/1\.1 408 .*"request_timeout"/s);
    // Node itself looks every half minute only.
    expect(performance.now() - from).toBeLessThan(20_000);
    expect(await reached(app, 'request_time')).toBe(1);
  });
});

describe('what is no request', () => {
  it.each([
    ['headers without end', `GET / HTTP/1.1\r\n${'X-Filler: x\r\n'.repeat(2_000)}`, 431, 'headers_too_large'],
    ['something else', 'HELLO\r\n\r\n', 400, 'bad_request'],
  ])('is answered in our words: %s', async (_what, bytes, status, code) => {
    await start({});
    const stranger = await Stranger.connect(app);
    strangers.push(stranger);
    stranger.write(bytes);
    const answer = await stranger.answer;
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ code });
    expect(await reached(app, 'header_bytes')).toBe(status === 431 ? 1 : 0);
  });
});
