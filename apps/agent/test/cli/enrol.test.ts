import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type AgentHome } from '@org/harness/agent';
import { AgentHomes } from '../support/agent-homes.js';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';
import { settingsFor } from '../support/settings.js';
import { StandIn } from '../support/stand-in.js';

const disk = folders();
const homes = new AgentHomes(disk);
let server: StandIn;

beforeAll(async () => {
  server = await StandIn.start({ authority: await TestAuthority.make() });
});

afterEach(() => {
  homes.close();
});

afterAll(() => {
  server?.close();
  disk.remove();
});

const aHome = (at: Pick<StandIn, 'url' | 'options'> = server): AgentHome =>
  homes.make((path) => settingsFor(path, at));

/** The same server, for a device whose settings have the fingerprint of another certificate. */
const trustedBy = (fingerprint: string): Pick<StandIn, 'url' | 'options'> => ({
  url: server.url,
  options: { authority: { fingerprint } as TestAuthority },
});

const CODE = /"event":"code","code":"([^"]+)"/;

describe('enrol, beside an agent that runs', () => {
  async function following() {
    const home = aHome();
    const agent = home.start(['run']);
    await agent.said(/waiting for the approval of a code/);
    const enrolling = home.start(['enrol', '--json']);
    const [, code] = await enrolling.said(CODE);
    return { home, agent, enrolling, code };
  }

  it('goes on by itself when that was killed or stopped for good, with the same code, to be one machine', async () => {
    const machines = server.machines.size;
    const alone = async (signal: NodeJS.Signals): Promise<void> => {
      const { agent, enrolling, code } = await following();
      agent.kill(signal);
      await agent.ended;
      server.approve(code);
      expect(await enrolling.ended).toMatchObject({
        code: 0,
        out: expect.stringContaining('"event":"provisioned"'),
        err: expect.stringContaining('goes on without it'),
      });
    };
    await Promise.all([alone('SIGKILL'), alone('SIGTERM')]);
    expect(server.machines.size).toBe(machines + 2);
  });

  it('leaves the device to that when it is started again', async () => {
    const { home, agent, enrolling, code } = await following();
    agent.kill('SIGTERM');
    await agent.ended;
    while (!enrolling.err.includes('may be started again'))
      await new Promise((resolve) => setTimeout(resolve, 50));
    const next = home.start(['run']);
    await next.said(/waiting for the approval of a code/);
    server.approve(code);
    expect(await enrolling.ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('"event":"provisioned"'),
      err: expect.not.stringContaining('goes on without'),
    });
    await next.said(/this device has an identity/);
  });

  it('says why, and ends, when the identity that is there cannot be used', async () => {
    const home = aHome();
    const first = home.start(['enrol', '--json']);
    const [, code] = await first.said(CODE);
    server.approve(code);
    await first.ended;
    const key = join(home.path, 'mecha/openssl/ecdsa/key.pem');
    chmodSync(key, 0o644);
    const agent = home.start(['run']);
    await agent.said(/key_exposed/);
    expect(await home.run(['enrol'])).toMatchObject({ code: 1, err: expect.stringContaining(key) });
  });

  it('says that it waits when that has no code to show', async () => {
    const home = aHome({ url: 'https://127.0.0.1:1', options: server.options });
    const agent = home.start(['run']);
    await agent.said(/enrolment failed; retrying/);
    const enrolling = home.start(['enrol', '--json']);
    while (!enrolling.err.includes('has no code yet'))
      await new Promise((resolve) => setTimeout(resolve, 50));
    enrolling.kill('SIGINT');
    expect(await enrolling.ended).toMatchObject({ code: 130, out: '' });
  });
});

describe('enrol --again', () => {
  it('that was stopped goes on with the next one, and the device stays what it is until then', async () => {
    const home = aHome();
    const first = home.start(['enrol', '--json']);
    const [, code] = await first.said(CODE);
    const machineId = server.approve(code);
    await first.ended;

    const again = home.start(['enrol', '--again', '--json']);
    const [, shown] = await again.said(CODE);
    again.kill('SIGINT');
    expect(await again.ended).toMatchObject({
      code: 130,
      err: expect.stringMatching(/^Stopped\. The next "enrol --again" goes on .* stays what it is/),
    });
    expect(await home.run(['enrol'])).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${machineId} already`),
    });
    const next = home.start(['enrol', '--again', '--json']);
    expect((await next.said(CODE))[1]).toBe(shown);
    const other = server.approve(shown);
    expect(await next.ended).toMatchObject({ code: 0, out: expect.stringContaining(other) });
  });
});

describe('the fingerprint of the issuing authority, in the place of that of the root', () => {
  it('is told, with what to do about it; nothing says how to run Node.js', async () => {
    const home = aHome(trustedBy(server.options.authority.issuing.certificate.fingerprint));
    const told =
      /but of CN=Test Issuing, signed by CN=Test Root\. Set it to the SHA-256 of the server's root/;
    const enrolling = home.start(['enrol', '--json']);
    await enrolling.said(told);
    enrolling.kill('SIGINT');
    await enrolling.ended;
    const agent = home.start(['run']);
    await agent.said(told);
    agent.kill('SIGTERM');
    const { out } = await home.run(['doctor']);
    expect(out).toMatch(told);
    expect([enrolling.out, (await agent.ended).out, out].join('')).not.toContain('Node.js');
  });
});

describe('an authority below the root, in the place of the root in paths.server.cert', () => {
  it('is told in the log without how to run Node.js', async () => {
    const home = aHome();
    const certs = join(home.path, 'mecha/agent/certs');
    mkdirSync(certs, { recursive: true });
    writeFileSync(join(certs, 'server.pem'), server.options.authority.issuingPem);
    const agent = home.start(['run']);
    await agent.said(/"code":"server_not_trusted".*unable to get issuer certificate.*\n/);
    agent.kill('SIGTERM');
    const { out } = await agent.ended;
    expect(out).not.toContain('Node.js');
    for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  });
});
