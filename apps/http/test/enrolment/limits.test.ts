import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { createMagistrala } from '@org/magistrala-sdk';
import { type Answer, type RunningApp, type World, openWorld, send, startApp } from '../app.js';
import { begin, enrolmentEnvironment, operator } from './setting.js';

const GUESSES = 1_000;
const STRANGERS = 120;
/** Of all guesses by strangers within ten minutes (`DEFAULT_SETTINGS` of @org/code-issuance). */
const OF_ONE_ADDRESS = 30;
const OVER_ALL = 100;
/** More than comes back while a slow machine runs this. */
const REFILLED = 20;

let world: World;
let app: RunningApp;
let strangers: string[];
beforeAll(async () => {
  world = await openWorld();
  strangers = await signUp(Array.from({ length: STRANGERS }, () => world.domainId));
});
afterEach(() => app.close());
afterAll(() => world.close());

/** A new member of each of these domains. @returns their tokens */
async function signUp(domainIds: readonly string[]): Promise<string[]> {
  const { emulator } = world;
  const transport = createTransport();
  const { users } = createMagistrala({ urls: { users: emulator.urls.users }, transport });
  const tokens = domainIds.map(async (domainId) => {
    const { id, username, password } = emulator.addUser();
    emulator.addMember(domainId, id, 'member');
    return (await users.issueToken({ username, password: new Secret(password) })).accessToken.reveal();
  });
  const all = await Promise.all(tokens);
  await transport.close();
  return all;
}

const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const guess = (index: number): string =>
  Array.from({ length: 8 }, (_, at) => LETTERS[Math.floor(index / 20 ** at) % 20]).join('');

/** One thousand guesses by many members of the domain, from many addresses. Some are no codes at all. */
async function guessAll({ url }: RunningApp, addressOf: (index: number) => string): Promise<Answer[]> {
  const answers: Answer[] = [];
  const one = async (index: number) => {
    const code = index % 5 === 0 ? `nonsense ${index}` : guess(index);
    answers[index] = await send(`${url}/${world.domainId}/enrolments/lookup`, {
      token: strangers[index % STRANGERS]!,
      body: { code },
      headers: { 'x-forwarded-for': addressOf(index) },
    });
  };
  for (let from = 0; from < GUESSES; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, at) => one(from + at)));
  return answers;
}

const ownLogin = () => ({
  MG_PROVISION_USERNAME: world.owner.username,
  MG_PROVISION_PASS: world.owner.password,
});

const BEHIND_PROXY = { MG_PROVISION_TRUSTED_PROXIES: '127.0.0.0/8' };
const madeUp = (index: number) => `198.51.${index % 250}.${index % 199}`;

describe('one thousand guesses', () => {
  it.each([
    ['an address that nobody vouches for counts as one', {}, OF_ONE_ADDRESS, madeUp],
    ['so do ports of one address', BEHIND_PROXY, OF_ONE_ADDRESS, (index: number) => `198.51.100.7:${index}`],
    ['so does what is no address', BEHIND_PROXY, OF_ONE_ADDRESS, (index: number) => `host-${index}`],
    ['addresses that a trusted proxy tells apart', BEHIND_PROXY, OVER_ALL, madeUp],
  ])('are stopped: %s', async (_what, more, most, from) => {
    app = await startApp(world.emulator, enrolmentEnvironment({ ...ownLogin(), ...more }));
    const device = await begin(app);
    const answers = await guessAll(app, from);
    const looked = answers.filter(({ status }) => status !== 429);
    expect(looked.length).toBeLessThanOrEqual(most + REFILLED);
    expect(new Set(looked.map(({ body }) => body['code']))).toEqual(
      new Set(['code_unknown', 'code_malformed']),
    );
    const stopped = answers.find(({ status }) => status === 429)!;
    expect(stopped.body).toMatchObject({ code: 'too_many_attempts' });
    expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(0);
    // The honest operator, who sits behind the same address as the guessers.
    const approved = await operator(app, undefined, world.domainId).approve(device.code);
    expect(approved).toMatchObject({ status: 200, body: { state: 'approved' } });
    expect((await device.redeem()).status).toBe(200);
  });
});

describe('guesses by people who had a device of their own approved first', () => {
  it('lock out no one else, each of them having a domain of his own', async () => {
    app = await startApp(world.emulator, enrolmentEnvironment(ownLogin()));
    const { lookUp, approve } = operator(app, world.tokens.owner, world.domainId);
    expect((await approve((await begin(app)).code)).status).toBe(200);
    const domains = Array.from({ length: 50 }, () => world.emulator.addDomain().id);
    const tokens = await signUp(domains);
    const guessers = domains.map((domainId, at) => operator(app, tokens[at], domainId));
    for (const guesser of guessers) expect((await guesser.approve((await begin(app)).code)).status).toBe(200);

    const answers = await Promise.all(
      guessers.map(async (guesser, at) => {
        for (let each = 0; each < 10; each++) await guesser.lookUp(guess(at * 10 + each));
        return guesser.lookUp(guess(at));
      }),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(40);

    const { code } = await begin(app);
    expect((await lookUp(code)).status).toBe(200);
    expect((await operator(app, undefined, world.domainId).lookUp(code)).status).toBe(200);
  });
});
