import { spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { Secret } from '@org/domain';
import type { LocalServer } from '../../src/local/local-server.js';
import { folders } from '../support/folder.js';
import { fakeDevice } from './support/fake-device.js';
import { locals } from './support/locals.js';

const made = folders();
const local = locals();

afterEach(() => local.close());
afterAll(() => made.remove());

const pinging = fakeDevice({ server: { ping: async () => ({}) } });
const portOf = ({ address }: LocalServer): number => Number(/:(\d+)$/.exec(address)![1]);
const socketIn = (folder: string): string => join(folder, 'agent.sock');

test.each(['127.0.0.1', '127.3.4.5', 'localhost', '::1'])('%s is this device', async (host) => {
  const { address } = await local.start(pinging, { address: { host, port: 0 } });
  expect((await local.screen(address).ping())[1]).toBe('success');
});

test.each(['0.0.0.0', '::'])('%s is not served without a token', async (host) => {
  const address = { host, port: 0 };
  await expect(local.start(pinging, { address })).rejects.toMatchObject({
    kind: 'invalid',
    code: 'address_not_local',
    message: expect.stringContaining('server.token'),
  });
  const server = await local.start(pinging, { address, token: new Secret('a token') });
  const port = portOf(server);
  expect(server.address).toBe(host === '::' ? `[::]:${port}` : `0.0.0.0:${port}`);
  expect((await local.screen(`localhost:${port}`, 'a token').ping())[1]).toBe('success');
});

test('a port that is taken', async () => {
  const port = portOf(await local.start(pinging));
  await expect(local.start(pinging, { address: { host: '127.0.0.1', port } })).rejects.toMatchObject({
    code: 'address_in_use',
    message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*server\\.port`)),
  });
});

test('a Unix socket is for the user and the group of the agent, whatever the umask', async () => {
  const socket = socketIn(made.make());
  const before = process.umask(0);
  try {
    const server = await local.start(pinging, { address: { socket } });
    expect(process.umask()).toBe(0);
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    expect((await local.screen(`unix:${socket}`).ping())[1]).toBe('success');
    expect(server.address).toBe(socket);
    await server.close();
    expect(existsSync(socket)).toBe(false);
  } finally {
    process.umask(before);
  }
});

test('the socket of a dead process is taken over, that of a living one is not', async () => {
  const socket = socketIn(made.make());
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  expect(statSync(socket).isSocket()).toBe(true);
  await local.start(pinging, { address: { socket } });
  expect((await local.screen(`unix:${socket}`).ping())[1]).toBe('success');
  await expect(local.start(pinging, { address: { socket } })).rejects.toMatchObject({
    code: 'address_in_use',
  });
  expect((await local.screen(`unix:${socket}`).ping())[1]).toBe('success');
});

test('a file in the way of a socket stays', async () => {
  const socket = socketIn(made.make());
  writeFileSync(socket, 'precious');
  await expect(local.start(pinging, { address: { socket } })).rejects.toMatchObject({
    code: 'address_in_use',
  });
  expect(statSync(socket).isFile()).toBe(true);
});

test('a folder that does not exist, and a port that may not be had', async () => {
  const socket = join(made.make(), 'absent', 'agent.sock');
  await expect(local.start(pinging, { address: { socket } })).rejects.toMatchObject({
    code: 'address_unusable',
    message: expect.stringContaining(socket),
  });
  const address = { host: '203.0.113.1', port: 0 };
  await expect(local.start(pinging, { address, token: new Secret('x') })).rejects.toMatchObject({
    code: 'address_unusable',
  });
});

test('connections are limited, and a flood leaves others served', async () => {
  const port = portOf(await local.start(pinging));
  const idle = Array.from({ length: 100 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(idle.map((each) => new Promise((resolve) => each.once('connect', resolve))));
  for (const each of idle) each.destroy();
  await Promise.all(idle.map((each) => each.closed || new Promise((resolve) => each.once('close', resolve))));
  expect((await local.screen(`127.0.0.1:${port}`).ping())[1]).toBe('success');
});
