import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type AgentHome } from '@org/harness/agent';
import { AgentHomes } from '../support/agent-homes.js';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { MovingClock } from '../support/moving-clock.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const MINUTE = 60e3;
const HOUR = 60 * MINUTE;

const disk = folders();
const homes = new AgentHomes(disk);
let authority: TestAuthority;
let server: StandIn | undefined;

beforeAll(async () => {
  authority = await TestAuthority.make();
});

afterEach(() => {
  homes.close();
  server?.close();
});

afterAll(() => disk.remove());

/** A device whose clock is ahead of the server's by so much: this machine's is right, so the server's is not. */
async function aheadBy(skewMs: number): Promise<AgentHome> {
  const standIn = (server = await StandIn.start({ authority, clock: new MovingClock(Date.now() - skewMs) }));
  return homes.make((path) => settingsFor(path, standIn));
}

/** Enrols to the end, in words. */
async function enrolled(home: AgentHome) {
  const enrolling = home.start(['enrol']);
  await enrolling.said(/is good until it is used/);
  server!.approve();
  return enrolling.ended;
}

describe('a clock that is wrong', () => {
  it.each([
    ['an hour ahead', HOUR, '1 hour ahead of'],
    ['5 minutes behind', -5 * MINUTE, /[45] minutes behind/],
    ['11 minutes behind', -11 * MINUTE, /1[01] minutes behind/],
  ])('by %s is told with the code, whose time is the one that the server said', async (_, skewMs, words) => {
    const home = await aheadBy(skewMs);
    const { code, out, err } = await enrolled(home);
    expect(code).toBe(0);
    expect(out).toMatch(/it ends in (9|10) minutes\./);
    expect(err).toMatch(/^warning: The clock of this device is .* the server's: set it/);
    expect(err).toMatch(words);
    // What is said right after says the same.
    expect(await home.run(['status'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^state +provisioned$/m),
    });
    const { out: found } = await home.run(['doctor']);
    expect(found).toMatch(/^warn +clock +/m);
    expect(found).toMatch(words);
    expect(found).toMatch(/^ok +certificate/m);
  });

  it('is told again when the enrolment goes on in another process', async () => {
    const home = await aheadBy(HOUR);
    const first = home.start(['enrol']);
    await first.said(/it ends in (9|10) minutes\./);
    first.kill('SIGINT');
    await first.ended;
    const { code, out, err } = await enrolled(home);
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringMatching(/it ends in (9|10) minutes\./),
    });
    expect(err).toContain('1 hour ahead of');
  });

  it('by more than a certificate allows for does not make two commands contradict each other', async () => {
    const home = await aheadBy(-2 * HOUR);
    const { code, err } = await enrolled(home);
    expect(code).toBe(0);
    expect(err).toMatch(/clock of this device is (2 hours|1 hour) behind the server's: set it/);
    expect(await home.run(['status'])).toMatchObject({
      code: 3,
      out: expect.stringMatching(/^state +provisioned; but by the clock of this device, .*: set the clock$/m),
    });
  });

  it('is in the events for programs, and in the log', async () => {
    const home = await aheadBy(HOUR);
    const enrolling = home.start(['enrol', '--json']);
    const [line] = await enrolling.said(/.*"event":"code".*/);
    const [, ahead] = await enrolling.said(/"event":"clock","aheadOfServerMs":(\d+)/);
    expect(Math.abs(Number(ahead) - HOUR)).toBeLessThan(MINUTE);
    const { endsInMs } = JSON.parse(line) as { endsInMs: number };
    expect(Math.abs(endsInMs - 10 * MINUTE)).toBeLessThan(MINUTE);
    enrolling.kill('SIGINT');
    await enrolling.ended;
    const running = home.start(['run']);
    await running.said(/"clock_skew_s":3[56]\d\d,"msg":"The clock of this device is/);
    running.kill('SIGTERM');
    await running.ended;
  });
});

it('nothing is said of a clock that is right', async () => {
  const home = await aheadBy(0);
  expect(await enrolled(home)).toMatchObject({ code: 0, err: '' });
});
