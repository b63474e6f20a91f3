import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { message, send } from './support/http.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const issue = (json: unknown, type?: string) =>
  bench.call('users', 'POST', '/users/tokens/issue', { json, type });

function claims(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}

function header(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;
}

describe('issuing tokens (wire §1.1)', () => {
  it('takes a user name or an e-mail address', async () => {
    const { username, email, password } = bench.owner;
    for (const name of [username, email]) {
      const answer = await issue({ username: name, password });
      expect(answer.status).toBe(201);
      expect(Object.keys(answer.read<object>())).toStrictEqual(['access_token', 'refresh_token']);
    }
  });

  it('calls a wrong password 422 and an unknown user 404, never 401', async () => {
    const wrong = await issue({ username: bench.owner.username, password: 'wrong-password' });
    expect([wrong.status, wrong.text]).toStrictEqual([422, message('compare hash and password failed')]);
    const unknown = await issue({ username: fresh('nobody'), password: 'wrong-password' });
    expect([unknown.status, unknown.text]).toStrictEqual([404, message('entity not found')]);
  });

  it('names what is missing, and knows no other names for it', async () => {
    const noName = await issue({ identity: bench.owner.username, password: 'x' });
    expect([noName.status, noName.text]).toStrictEqual([400, message('missing username / email')]);
    const noPassword = await issue({ username: bench.owner.username, secret: bench.owner.password });
    expect([noPassword.status, noPassword.text]).toStrictEqual([400, message('missing password')]);
  });

  it('wants JSON', async () => {
    const answer = await issue({ username: 'a', password: 'b' }, 'text/plain');
    expect([answer.status, answer.text]).toStrictEqual([415, message('unsupported content type')]);
  });

  it('puts issuer, type, role and no domain into the token', async () => {
    const { token, refreshToken, id } = bench.owner;
    expect(header(token)).toMatchObject({ alg: 'EdDSA', typ: 'JWT' });
    expect(claims(token)).toMatchObject({ iss: 'magistrala.auth', sub: id, type: 0, role: 1 });
    expect(claims(token)).not.toHaveProperty('domain');
    expect(claims(refreshToken)).toMatchObject({ type: 1 });
    expect(claims(refreshToken)['jti']).toEqual(expect.any(String));
    expect(claims(bench.admin)).toMatchObject({ role: 2 });
  });
});

describe('refreshing tokens (wire §1.2)', () => {
  const refresh = (token: string | undefined, type = 'application/json') =>
    bench.call('users', 'POST', '/users/tokens/refresh', { ...(token !== undefined && { token }), type });

  it('gives a new pair that keeps the id of the old refresh token', async () => {
    const answer = await refresh(bench.owner.refreshToken);
    expect(answer.status).toBe(201);
    const pair = answer.read<{ access_token: string; refresh_token: string }>();
    const { jti, exp } = claims(bench.owner.refreshToken);
    expect(claims(pair.access_token)['jti']).toBe(jti);
    expect(claims(pair.refresh_token)).toMatchObject({ jti, exp });
  });

  it('answers an access token with an empty 500', async () => {
    const answer = await refresh(bench.owner.token);
    expect([answer.status, answer.text]).toStrictEqual([500, '']);
  });

  it('answers no token and a bad one with 401, a wrong type with 415', async () => {
    expect((await refresh(undefined)).status).toBe(401);
    expect((await refresh('nonsense')).status).toBe(401);
    expect((await refresh(bench.owner.refreshToken, 'text/plain')).status).toBe(415);
  });

  it('refuses a revoked refresh token', async () => {
    const person = await bench.newPerson();
    const { token, refreshToken } = person;
    const list = () => bench.call('users', 'GET', '/users/tokens/refresh-tokens', { token });
    const id = claims(refreshToken)['jti'];
    expect((await list()).json).toMatchObject({ refresh_tokens: [{ id }] });
    const revoked = await bench.call('users', 'POST', '/users/tokens/revoke', {
      token,
      json: { token_id: id },
    });
    expect([revoked.status, revoked.text]).toStrictEqual([204, '']);
    expect((await refresh(refreshToken)).status).toBe(401);
  });
});

describe('profile and users (wire §1.3, §1.4)', () => {
  it('shows the profile, with year-1 times for what never happened', async () => {
    const answer = await bench.call('users', 'GET', '/users/profile', { token: bench.owner.token });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      id: bench.owner.id,
      status: 'enabled',
      role: 'user',
      email: bench.owner.email,
      credentials: { username: bench.owner.username },
      updated_at: '0001-01-01T00:00:00Z',
    });
    expect(answer.text).not.toContain('secret');
  });

  const create = (change: object, credentials: object = {}) => {
    const username = `u${fresh('x').slice(0, 12)}`;
    const json = {
      first_name: 'Ana',
      last_name: 'Kos',
      email: `${username}@example.com`,
      credentials: { username, secret: 'long-enough', ...credentials },
      ...change,
    };
    return bench.call('users', 'POST', '/users', { json, token: bench.admin });
  };

  it('creates a user, says where, and shows no secret', async () => {
    const answer = await create({});
    const { id } = answer.read<{ id: string }>();
    bench.later('users', 'DELETE', `/users/${id}`);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/users/${id}`);
    expect(answer.text).not.toContain('long-enough');
  });

  it.each([
    ['missing first name', { first_name: '' }, {}],
    ['missing last name', { last_name: '' }, {}],
    ['invalid name size', { last_name: 'x'.repeat(1025) }, {}],
    ['missing email', { email: '' }, {}],
    ['missing username', {}, { username: '' }],
    ['invalid username', {}, { username: 'a__b' }],
    ['invalid username', {}, { username: '-a' }],
    ['missing password', {}, { secret: '' }],
    ['password does not meet the requirements', {}, { secret: 'short' }],
  ])('refuses with 400 "%s"', async (text, change, credentials) => {
    const answer = await create(change, credentials);
    expect([answer.status, answer.text]).toStrictEqual([400, message(text)]);
  });

  it('refuses a taken name and a taken address with 400', async () => {
    const name = await create({}, { username: bench.owner.username });
    expect([name.status, name.text]).toStrictEqual([400, message('username not available')]);
    const email = await create({ email: bench.owner.email });
    expect([email.status, email.text]).toStrictEqual([400, message('email id already registered')]);
  });

  it('lets a disabled user in no more, which looks like no such user', async () => {
    const { id, username, password, refreshToken } = await bench.newPerson();
    const disabled = await bench.call('users', 'POST', `/users/${id}/disable`, { token: bench.admin });
    expect(disabled.status).toBe(200);
    expect((await issue({ username, password })).status).toBe(404);
    const refreshed = await send('POST', `${bench.target.urls.users}/users/tokens/refresh`, {
      token: refreshToken,
      type: 'application/json',
    });
    expect([refreshed.status, refreshed.text]).toStrictEqual([
      401,
      message('failed to login in disabled user'),
    ]);
  });
});
