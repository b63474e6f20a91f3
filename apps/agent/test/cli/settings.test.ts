import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ProvisionError } from '@org/domain';
import { report } from '../../src/failure.js';
import { VERSION } from '../../src/index.js';
import { AgentHome } from '@org/harness/agent';
import { TestAuthority } from '../support/authority.js';
import { folders } from '../support/folder.js';

const disk = folders();
afterAll(() => disk.remove());

/** Settings with the key in a token. */
const withPin = (home: AgentHome, file: string): string =>
  JSON.stringify({
    data: { dir: home.path },
    key_store: { pkcs11: { module: '/x.so', token: 'x', pin_file: file } },
  });

const aHome = (settings?: string): AgentHome => new AgentHome(disk.make(), settings);

describe('settings that are wrong', () => {
  it('are all listed at once, with their places, and nothing is written', async () => {
    const home = aHome(
      [
        'server: { port: 70000, tls: true }',
        'provisioning:',
        '  server_url: ftp://x',
        '  grpc_url: http://198.51.100.7:9017',
        '  paths: { machine: { cert: 17 } }',
        'provisoning: {}',
        'logging: loud',
      ].join('\n'),
    );
    for (const command of ['run', 'enrol', 'status', 'renew', 'deprovision', 'doctor']) {
      const { code, err } = await home.run([command]);
      expect(code).toBe(2);
      expect(err).toMatch(/settings\.yml:1:\d+ server\.port: .*70000/);
      expect(err).toMatch(/settings\.yml:3:\d+ provisioning\.server_url: .*ftp/);
      expect(err).toMatch(/settings\.yml:5:\d+ provisioning\.paths\.machine\.cert: /);
      expect(err).toMatch(/settings\.yml:7:\d+ logging: .*section/);
    }
  });

  it('do not let the identity be sent in the clear to another machine', async () => {
    const home = aHome('provisioning: { grpc_url: "http://198.51.100.7:9017" }');
    expect(await home.run(['status'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('provisioning.grpc_url: without TLS'),
    });
    const switchedOn = aHome('provisioning: { grpc_url: "http://198.51.100.7:9017", allow_plaintext: true }');
    expect((await switchedOn.run(['status'])).code).toBe(3);
  });

  it('name the file when it is missing, a folder, or cannot be read', async () => {
    const home = aHome();
    expect(await home.run(['status'])).toMatchObject({ code: 2, err: expect.stringContaining('no such') });
    expect(await home.run(['status', '-s', home.path])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot be read \(found a folder/),
    });
    symlinkSync('loop', join(home.path, 'loop'));
    expect(await home.run(['status', '-s', 'loop'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: loop: the settings file cannot be read/),
    });
    const inAFile = join(process.execPath, 'settings.yml');
    expect(await home.run(['-s', inAFile, 'status'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(inAFile),
    });
  });

  it('must be UTF-8, or UTF-16 that says so: other encodings would change secrets', async () => {
    const home = aHome();
    for (const [text, encoding, said] of [
      [
        'server: { token: "sésame" }',
        'latin1',
        /settings\.yml:1:20 \(syntax\): .*it is not UTF-8; save it as/,
      ],
      ['server: {}', 'utf16le', /settings\.yml:1:2 \(syntax\): .*a NUL character, as UTF-16 without/],
    ] as const) {
      writeFileSync(home.settings, text, encoding);
      expect(await home.run(['status'])).toMatchObject({ code: 2, err: expect.stringMatching(said) });
    }
    writeFileSync(home.settings, '\ufeffserver: {}', 'utf16le');
    expect(await home.run(['status'])).toMatchObject({ code: 3, err: '' });
  });

  it('are told with the same exit code when only their use shows it', async () => {
    const home = aHome();
    const exposed = join(home.path, 'pin');
    writeFileSync(exposed, '1234', { mode: 0o644 });
    writeFileSync(home.settings, withPin(home, exposed));
    expect(await home.run(['run'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('others can read this PIN'),
    });
    const elsewhere = new ProvisionError({
      kind: 'invalid',
      code: 'address_not_local',
      message: 'Not there.',
    });
    expect(report(elsewhere)).toBe(2);
  });

  it('are a PIN with a blank behind it, which locks a token if it is wrong', async () => {
    const home = aHome();
    const pin = join(home.path, 'blank');
    writeFileSync(pin, '1234 \n', { mode: 0o600 });
    writeFileSync(home.settings, withPin(home, pin));
    expect(await home.run(['run'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/blank: .*begins or ends with a blank/),
    });
  });

  it('are another thing than a PIN that is not there yet', async () => {
    const home = aHome();
    writeFileSync(home.settings, withPin(home, join(home.path, 'absent')));
    expect(await home.run(['run'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('missing or empty'),
    });
  });

  it.each([
    ['a folder', () => disk.make()],
    ['in a folder that cannot be made', () => '/sys/nowhere/agent.log'],
    ['where nobody may write', () => '/sys/agent.log'],
  ])('do not end the agent when its log file is %s', async (_, file) => {
    const path = file();
    const home = aHome(JSON.stringify({ logging: { path }, server: { port: 0 } }));
    const agent = home.start(['run']);
    await agent.said(/the agent starts[^]*the agent is ready/);
    agent.kill('SIGTERM');
    expect(await agent.ended).toMatchObject({
      code: 0,
      err: expect.stringMatching(new RegExp(`^warning: ${path}: .*it goes to the standard output\n$`)),
    });
  });

  it('may have the name of the server in capitals', async () => {
    const home = aHome('provisioning: { grpc_url: "HTTPS://Prov.Example:9017" }');
    expect((await home.run(['status'])).code).toBe(3);
  });

  it.each(['', 'provisioning: { server_url: "http://localhost:3000" }'])(
    'that name no server (%j) are told, with the address that is requested, and how to name one',
    async (text) => {
      const home = aHome(text);
      const enrolling = home.start(['enrol']);
      await enrolling.said(
        /^warning: no server is set: the default is requested, http:\/\/localhost:3000\. .*grpc_url.*MECHA_AGENT_GRPC_URL.*init --server/m,
        'err',
      );
      enrolling.kill('SIGINT');
      await enrolling.ended;
    },
  );

  it('warn of keys that no one reads', async () => {
    const home = aHome('provisioning: { server_ulr: "http://localhost:1" }');
    const { code, err } = await home.run(['renew']);
    expect(code).toBe(1);
    expect(err).toMatch(/warning: .*server_ulr.*perhaps provisioning\.server_url/);
  });
});

describe('paths that are wrong', () => {
  it('are said before anything is asked of the server', async () => {
    const home = aHome();
    mkdirSync(join(home.path, 'mecha'));
    writeFileSync(join(home.path, 'mecha', 'agent'), 'in the way');
    writeFileSync(home.settings, `data: { dir: ${join(home.path, 'mecha')} }`);
    for (const args of [['enrol'], ['run'], ['renew'], ['deprovision', '--yes']]) {
      const { code, err } = await home.run(args);
      expect(code).toBe(1);
      expect(err).toContain('there is a file where a folder should be');
    }
  });

  it.each(['machine.cert', 'machine.csr', 'ca_bundle.cert', 'root.cert', 'server.cert'])(
    'as a folder where the file %s should be are said, and are left as they are',
    async (name) => {
      const home = aHome();
      const folder = join(home.path, 'folder');
      mkdirSync(folder);
      const [section, key] = name.split('.') as [string, string];
      const paths = { [section]: { [key]: folder } };
      const provisioning = { grpc_url: 'https://127.0.0.1:1', paths };
      writeFileSync(home.settings, JSON.stringify({ data: { dir: join(home.path, 'mecha') }, provisioning }));
      const { code, err } = await home.run(['enrol']);
      expect(code).toBe(1);
      expect(err).toBe(
        `error: ${folder}: there is a folder where a file should be; remove it, or choose another path in the settings\n`,
      );
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});

describe('the command line', () => {
  it('explains itself and every command, with examples and exit codes', async () => {
    const home = aHome();
    const { out } = await home.run(['--help']);
    const commands = ['run', 'enrol', 'status', 'renew', 'deprovision', 'doctor', 'init'];
    for (const command of commands) {
      expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
      const help = await home.run([command, '--help']);
      expect(help).toMatchObject({ code: 0, out: expect.stringMatching(/Example:\n {2}\$ provision-agent/) });
    }
    expect(out).toContain('Exit codes:');
  });

  it('has the version of its package, and says 2 to what it does not know', async () => {
    const home = aHome();
    expect((await home.run(['--version'])).out.trim()).toBe(VERSION);
    const packageJson = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect((JSON.parse(packageJson) as { version: string }).version).toBe(VERSION);
    expect(await home.run(['enrol', '--loudly'])).toMatchObject({ code: 2 });
    expect(await home.run(['provision'])).toMatchObject({ code: 2 });
  });

  it('writes where the server is and which root to trust, by fingerprint or file', async () => {
    const authority = await TestAuthority.make();
    const url = 'https://prov.example:9017';
    const file = join(disk.make(), 'root.pem');
    writeFileSync(file, authority.rootPem);
    for (const root of [authority.fingerprint, file]) {
      const home = aHome();
      const { code, out } = await home.run(['init', '--server', url, '--root', root]);
      expect(code).toBe(0);
      expect(out).not.toContain('Say in it');
      const text = readFileSync(home.settings, 'utf8');
      expect(text).toContain(`  grpc_url: "${url}"\n`);
      expect(text).toContain(`  root_fingerprint: "${authority.fingerprint}"\n`);
      expect(await home.run(['status'])).toMatchObject({ code: 3, err: '' });
    }
  });

  it('writes no settings that could not be used', async () => {
    const issuing = join(disk.make(), 'issuing.pem');
    writeFileSync(issuing, (await TestAuthority.make()).issuingPem);
    for (const [args, words] of [
      [['--server', 'ftp://x'], /grpc_url: the value does not fit \(found "ftp:\/\/x"/],
      [['--root', 'abc'], /root_fingerprint: the value does not fit/],
      [['--root', issuing], /there is no root certificate in it/],
      [['--root', process.execPath], /cannot be read as PEM/],
    ] as const) {
      const home = aHome();
      expect(await home.run(['init', ...args])).toMatchObject({ code: 2, err: expect.stringMatching(words) });
      expect((await home.run(['status'])).code).toBe(2);
    }
  });

  it('writes settings over existing ones by force only', async () => {
    const home = aHome('provisioning: {}');
    expect(await home.run(['init'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('exists already'),
    });
    expect(readFileSync(home.settings, 'utf8')).toBe('provisioning: {}');
    expect(await home.run(['init', '--force', '--server', 'ftp://x'])).toMatchObject({ code: 2 });
    expect(readFileSync(home.settings, 'utf8')).toBe('provisioning: {}');
    expect(await home.run(['init', '--force'])).toMatchObject({ code: 0 });
    expect(readFileSync(home.settings, 'utf8')).toContain('grpc_url');
    expect(statSync(home.settings).mode & 0o777).toBe(0o600);
  });
});
