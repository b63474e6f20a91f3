import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningApp, send, startApp } from './app.js';
import { ADA, enrolmentEnvironment, operator } from './enrolment/setting.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment());
});
afterAll(() => app.close());
const get = (path: string, id: string) =>
  send(`${app.url}${path}`, { method: 'GET', token: ADA, headers: { 'x-request-id': id } });

describe('an id in an address', () => {
  const id = (length: number) => 'd'.repeat(length);

  it('may have 128 characters', async () => {
    expect(await operator(app, ADA, id(128)).get('enrolments')).toMatchObject({ status: 200 });
    expect(await operator(app).get(`machines/${id(128)}`)).toMatchObject({
      status: 404,
      body: { code: 'machine_unknown' },
    });
  });

  it('of more is unknown, wherever it stands', async () => {
    for (const path of [`/${id(129)}/enrolments`, `/works/machines/${id(129)}`, `/crl/${id(5_000)}`])
      expect(await get(path, 'long-1')).toMatchObject({ status: 404, body: { code: 'id_unknown' } });
  });

  it('that databases refuse is unknown, wherever it stands', async () => {
    const body = { client_id: 'x', name: 'x', external_id: 'x', external_key: 'x' };
    for (const path of ['/%00/mapping', '/%00/cert'])
      expect(await send(`${app.url}${path}`, { token: ADA, body })).toMatchObject({
        status: 404,
        body: { code: 'id_unknown' },
      });
    for (const path of ['/%00/leftovers', '/%00/enrolments', '/%00/machines', '/works/machines/%00'])
      expect(await get(path, 'nul-1')).toMatchObject({ status: 404, body: { code: 'id_unknown' } });
  });
});

describe('an address that cannot be read', () => {
  it('is refused as everything else is: in our words, with an id, a line in the log, and counted', async () => {
    const { status, headers, body } = await get('/%ZZ/enrolments?code=QRST-VWXZ', 'unreadable-1');
    expect({ status, body }).toEqual({
      status: 400,
      body: { message: 'the request cannot be understood', code: 'bad_request', request_id: 'unreadable-1' },
    });
    expect(headers.get('x-request-id')).toBe('unreadable-1');
    const lines = app.log.filter((line) => line.includes('unreadable-1')).map((line) => JSON.parse(line));
    expect(lines).toEqual([expect.objectContaining({ method: 'GET', route: 'unknown', status: 400 })]);
    const { text } = (await get('/metrics', 'metrics-1')).body as { text: string };
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="unknown",status="400"\} 1\n/,
    );
  });
});
