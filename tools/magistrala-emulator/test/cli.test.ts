import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { provisionEnvironment, startEmulator } from '../src/index.js';
import { startFromArguments } from '../src/cli.js';
import { portsFrom } from '../src/ports.js';

describe('environment', () => {
  it('points Provision at every service that it calls', async () => {
    const emulator = await startEmulator({ certKey: 'ec' });
    expect(provisionEnvironment(emulator)).toStrictEqual({
      MG_PROVISION_USERS_URL: emulator.urls.users,
      MG_PROVISION_CLIENTS_URL: emulator.urls.clients,
      MG_PROVISION_CHANNELS_URL: emulator.urls.channels,
      MG_PROVISION_BS_SVC_URL: emulator.urls.bootstrap,
      MG_PROVISION_CERTS_URL: emulator.urls.certs,
      MG_AUTH_GRPC_URL: emulator.authGrpc,
    });
    await emulator.close();
  });
});

describe('ports', () => {
  it('are the documented ones, or the same from another base', () => {
    expect(portsFrom(9000)).toMatchObject({
      grpcPort: 7001,
      ports: { users: 9002, bootstrap: 9013, certs: 9019 },
    });
    expect(portsFrom(19000)).toMatchObject({ grpcPort: 17001, ports: { users: 19002 } });
  });

  it('says which one is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const starting = startEmulator({ certKey: 'ec', ports: { clients: port } });
    await expect(starting).rejects.toMatchObject({
      code: 'cannot_listen',
      message: `cannot listen on 127.0.0.1:${port}`,
    });
    other.close();
  });
});

describe('the program', () => {
  it('starts as told, and prints one JSON object when asked', async () => {
    const { emulator, greeting } = await startFromArguments([
      '--ports',
      'free',
      '--json',
      '--cert-key',
      'ec',
    ]);
    expect(JSON.parse(greeting)).toMatchObject({
      urls: emulator.urls,
      authGrpc: emulator.authGrpc,
      admin: emulator.admin,
      environment: provisionEnvironment(emulator),
    });
    expect((await fetch(`${emulator.urls.users}/health`)).status).toBe(200);
    await emulator.close();
  });

  it('prints what to export, and how to sign in', async () => {
    const { emulator, greeting } = await startFromArguments(['--ports', 'free', '--cert-key', 'ec']);
    expect(greeting).toContain(`export MG_PROVISION_CLIENTS_URL=${emulator.urls.clients}`);
    expect(greeting).toContain('admin (admin@example.com), password 12345678');
    await emulator.close();
  });
});
