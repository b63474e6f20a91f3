import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createBootstrapDevice } from '@org/bootstrap-client';
import { Secret } from '@org/domain';
import {
  Bootstrap,
  BootstrapCache,
  type BootstrapOptions,
  type FileSystem,
  nodeFileSystem,
  readConfiguration,
} from '../../src/index.js';
import { TestAuthority, TestClock } from '../support/authority.js';
import { certify, storeIn } from '../support/device.js';
import { aFolder } from '../support/folder.js';
import { type Handler, type Response, aServer, aTransport } from '../support/http-server.js';
import { MemoryDisk } from '../support/memory-disk.js';
import { killedAtEveryStep } from '../support/stopping.js';

const CONTENT = {
  device_id: 'e1d2',
  external_id: '33:52:77:99:43',
  domain_id: 'b3d0',
  mqtt: { url: 'ssl://mq.plant.test:8883', client_id: '0b7c', secret: 'sesame' },
  telemetry: { channel_id: '4c20', topic: 'm/b3d0/c/4c20/msg' },
  commands: { channel_id: '9d1e' },
};
const answerOf = (content: unknown, more: object = {}) => ({
  id: 'config-1',
  content: JSON.stringify(content),
  ...more,
});
const GOOD: Response = { status: 200, body: answerOf(CONTENT) };
const BROKER = { url: 'localhost:1883', mtls: false };
const transport = aTransport();

let pair: { client_cert: string; client_key: string };
beforeAll(async () => {
  const key = await storeIn('/d', new MemoryDisk()).keys.prepare('P-256');
  const { issued } = await certify(key, await TestAuthority.make());
  pair = { client_cert: issued.certificate, client_key: key.pem!.reveal() };
});

const cacheIn = (folder: string, files: FileSystem = nodeFileSystem()) =>
  new BootstrapCache({
    configPath: join(folder, 'agent-config.json'),
    cachePath: join(folder, 'lib', 'bootstrap.json'),
    journalPath: join(folder, 'state', 'bootstrap.json'),
    files,
  });

/** A gateway and the service that it asks; `answer` can be changed. */
async function aGateway(answer: Response | 'cut' = GOOD, options: Partial<BootstrapOptions> = {}) {
  const service: { answer: Response | 'cut'; handle?: Handler } = { answer };
  const server = await aServer((request) => {
    if (service.handle) return service.handle(request);
    return service.answer === 'cut' ? undefined : service.answer;
  });
  const folder = aFolder();
  const clock = new TestClock();
  const cache = cacheIn(folder);
  const bootstrap = (more: Partial<BootstrapOptions> = {}) =>
    new Bootstrap({
      device: createBootstrapDevice({ transport, baseUrl: server.url, retry: { attempts: 1 } }),
      externalId: '33:52:77:99:43',
      externalKey: new Secret('the external key'),
      cache,
      broker: BROKER,
      clock,
      random: () => 0.5,
      ...options,
      ...more,
    });
  return { service, server, folder, clock, cache, bootstrap };
}

const jsonAt = (...path: string[]) =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, string>;

describe('the bootstrap configuration', () => {
  it("is fetched, checked, and kept in the files of Magistrala's agent", async () => {
    const { bootstrap, server, folder } = await aGateway();
    const { configuration, from, problem } = await bootstrap().load();
    expect({ from, problem }).toEqual({ from: 'service', problem: undefined });
    expect(configuration).toMatchObject({
      domainId: 'b3d0',
      dataChannelId: '4c20',
      controlChannelId: '9d1e',
      mqtt: { url: 'ssl://mq.plant.test:8883', username: '0b7c' },
    });
    expect(configuration.mqtt.password!.reveal()).toBe('sesame');
    expect(inspect(configuration, { depth: 5 })).not.toContain('sesame');
    expect(server.requests[0]).toMatchObject({
      url: '/clients/bootstrap/33:52:77:99:43',
      headers: { authorization: 'Client the external key' },
    });
    expect(jsonAt(folder, 'agent-config.json')).toEqual({
      domain_id: 'b3d0',
      channels_ctrl_id: '9d1e',
      channels_data_id: '4c20',
      mqtt_url: 'ssl://mq.plant.test:8883',
      mqtt_username: '0b7c',
      mqtt_password: 'sesame',
      bs_valid: '1',
    });
    expect(jsonAt(folder, 'lib', 'bootstrap.json')).toMatchObject({
      id: 'config-1',
      content: JSON.stringify(CONTENT),
    });
    expect(statSync(join(folder, 'agent-config.json')).mode & 0o777).toBe(0o600);
  });

  it('is used offline, its certificates included', async () => {
    const { bootstrap, service, server } = await aGateway({
      status: 200,
      body: answerOf(CONTENT, { ...pair, ca_cert: 'CA' }),
    });
    const first = await bootstrap().load();
    service.answer = 'cut';
    const { configuration, from } = await bootstrap().load();
    expect(from).toBe('disk');
    expect(configuration).toEqual(first.configuration);
    expect(configuration.certificate!.key.reveal()).toBe(pair.client_key);
    expect(server.requests).toHaveLength(1);
  });

  it('is fetched in the encrypted form when there is a key for that', async () => {
    const key = '12345678910111213141516171819202';
    const { bootstrap, service } = await aGateway(GOOD, { encryptionKey: new Secret(key) });
    service.handle = ({ url, headers }) => {
      const sent = Buffer.from(headers.authorization!.slice('Client '.length), 'hex');
      const opened = createDecipheriv('aes-256-cfb', key, sent.subarray(0, 16))
        .update(sent.subarray(16))
        .toString();
      if (url !== '/clients/bootstrap/secure/33:52:77:99:43' || opened !== 'the external key')
        return { status: 403 };
      const iv = randomBytes(16);
      const body = Buffer.concat([
        iv,
        createCipheriv('aes-256-cfb', key, iv).update(JSON.stringify(GOOD.body)),
      ]);
      return { status: 200, body, headers: { 'content-type': 'application/octet-stream' } };
    };
    expect((await bootstrap().load()).configuration.domainId).toBe('b3d0');
  });

  it('is fetched anew when bs_valid says so, and not used meanwhile', async () => {
    const { bootstrap, service, server, folder } = await aGateway();
    await bootstrap().load();
    const path = join(folder, 'agent-config.json');
    writeFileSync(path, JSON.stringify({ ...jsonAt(path), bs_valid: '0', log_level: 'debug' }));
    service.answer = { status: 403 };
    await expect(bootstrap().load()).rejects.toMatchObject({ kind: 'forbidden' });
    service.answer = { status: 200, body: answerOf({ ...CONTENT, domain_id: 'moved' }) };
    expect((await bootstrap().load()).configuration.domainId).toBe('moved');
    expect(jsonAt(path)).toMatchObject({ bs_valid: '1', domain_id: 'moved', log_level: 'debug' });
    expect(server.requests).toHaveLength(3);
  });

  it('is fetched anew when asked, and stays as it is when that fails', async () => {
    const { bootstrap, service } = await aGateway();
    const { configuration } = await bootstrap().load();
    for (const answer of [
      { status: 404 },
      { status: 200, body: answerOf({ agent: {} }) },
      { status: 200, body: {} },
    ]) {
      service.answer = answer;
      const again = await bootstrap({ attempts: 1 }).load({ refetch: true });
      expect(again).toMatchObject({
        from: 'disk',
        configuration,
        problem: expect.objectContaining({ name: expect.any(String) }),
      });
      expect((await bootstrap().load()).configuration).toEqual(configuration);
    }
    service.answer = { status: 200, body: answerOf({ ...CONTENT, domain_id: 'moved' }) };
    expect(await bootstrap().load({ refetch: true })).toMatchObject({
      from: 'service',
      configuration: { domainId: 'moved' },
    });
  });

  it('of another external id is not used', async () => {
    const { bootstrap, service } = await aGateway();
    await bootstrap().load();
    service.answer = { status: 403 };
    await expect(bootstrap({ externalId: 'another' }).load()).rejects.toMatchObject({ kind: 'forbidden' });
    expect((await bootstrap().load()).from).toBe('disk');
  });

  it("is taken from files that Magistrala's agent wrote, and fetched where they are damaged", async () => {
    const { bootstrap, folder, server } = await aGateway();
    const path = join(folder, 'agent-config.json');
    const written = {
      domain_id: 'd',
      channels_ctrl_id: 'c',
      channels_data_id: 't',
      mqtt_username: 'u',
      mqtt_password: 'p',
    };
    writeFileSync(path, JSON.stringify({ ...written, bs_valid: '1' }));
    expect((await bootstrap().load()).configuration).toMatchObject({
      domainId: 'd',
      mqtt: { url: 'localhost:1883' },
    });
    expect(server.requests).toHaveLength(0);
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"domain_id":1}',
      JSON.stringify({ ...written, mqtt_password: '' }),
    ]) {
      writeFileSync(path, text);
      expect((await bootstrap().load()).from).toBe('service');
    }
  });

  it('is asked for as often as the settings say, when that can help', async () => {
    const { bootstrap, service, server, clock } = await aGateway({ status: 500 });
    service.handle = () => (server.requests.length < 3 ? { status: 500 } : GOOD);
    expect((await bootstrap().load()).from).toBe('service');
    expect(clock.slept).toEqual([10e3, 10e3]);
    const down = await aGateway('cut');
    await expect(down.bootstrap({ attempts: 3 }).load()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(down.server.requests).toHaveLength(3);
    const wrong = await aGateway({ status: 403 });
    await expect(wrong.bootstrap().load()).rejects.toMatchObject({ kind: 'forbidden' });
    expect(wrong.server.requests).toHaveLength(1);
    const stop = AbortSignal.abort(new Error('stopped'));
    await expect(down.bootstrap().load({ signal: stop })).rejects.toThrow('stopped');
  });

  it('works for this run although the disk takes nothing', async () => {
    const { bootstrap, folder } = await aGateway();
    mkdirSync(join(folder, 'agent-config.json'));
    const blocked = cacheIn(folder, { ...nodeFileSystem(), read: async () => undefined });
    expect(await bootstrap({ cache: blocked }).load()).toMatchObject({
      from: 'service',
      problem: { code: 'folder_in_the_way' },
    });
    expect(readdirSync(folder)).toEqual(['agent-config.json']);
  });

  it('on the disk is the whole old or the whole new one, whenever the power is cut', async () => {
    const configurationOf = (domain: string) => {
      const answer = {
        configId: 'c',
        content: new Secret(JSON.stringify({ ...CONTENT, domain_id: domain })),
        clientCert: undefined,
        clientKey: undefined,
        caCert: domain,
      };
      return [readConfiguration(answer, BROKER), answer, 'x'] as const;
    };
    let disk = new MemoryDisk();
    await killedAtEveryStep(
      async (countdown) => {
        const first = new MemoryDisk();
        await cacheIn('/d', first).write(...configurationOf('old'));
        disk = new MemoryDisk(
          first.afterPowerCut(() => true),
          countdown,
        );
        await cacheIn('/d', disk).write(...configurationOf('new'));
      },
      async () => {
        const cache = cacheIn('/d', new MemoryDisk(disk.afterPowerCut((index) => index % 2 === 0)));
        await cache.recover();
        const { configuration } = await cache.read(BROKER);
        expect(['old', 'new']).toContain(configuration!.domainId);
        expect(configuration!.caCert).toBe(configuration!.domainId);
      },
    );
  });
});

describe('the content', () => {
  const read = (content: unknown, more: object = {}, broker = BROKER) =>
    readConfiguration(
      {
        configId: 'c',
        content:
          content === undefined
            ? undefined
            : new Secret(typeof content === 'string' ? content : JSON.stringify(content)),
        clientCert: undefined,
        clientKey: undefined,
        caCert: undefined,
        ...more,
      },
      broker,
    );

  it('may have the older names, and leave the broker to the settings', () => {
    const content = {
      domain_id: 'd',
      channels: { ctrl_id: 'c', data_id: 't' },
      mqtt: { username: 'u', password: 'p' },
    };
    expect(read(content)).toMatchObject({
      controlChannelId: 'c',
      dataChannelId: 't',
      mqtt: { url: 'localhost:1883', username: 'u' },
    });
  });

  it('is refused with everything that is missing', () => {
    expect(() => read({ agent: {}, export: {} })).toThrow(
      expect.objectContaining({
        code: 'bootstrap_content_unusable',
        details: {
          missing: [
            'domain_id',
            'telemetry.channel_id',
            'commands.channel_id',
            'mqtt.client_id',
            'mqtt.secret',
          ],
        },
      }),
    );
    for (const content of [undefined, '', 'hunter2 {', '[]', '"x"', 'null']) {
      expect(() => read(content)).toThrow(/^(?!.*hunter2).*not the text of a JSON object/);
    }
  });

  it('needs no password, but a certificate, where the broker wants one', () => {
    const content = { ...CONTENT, mqtt: {} };
    const mtls = { ...BROKER, mtls: true };
    expect(() => read(content, {}, mtls)).toThrow(/client_cert and client_key/);
    const certificate = { clientCert: pair.client_cert, clientKey: new Secret(pair.client_key) };
    expect(read(content, certificate, mtls).certificate!.cert).toBe(pair.client_cert);
    const wrong = { ...certificate, clientKey: new Secret('rubbish') };
    expect(() => read(CONTENT, wrong)).toThrow(/does not belong/);
  });
});
