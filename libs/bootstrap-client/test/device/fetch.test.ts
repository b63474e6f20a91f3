import { createCipheriv, createDecipheriv } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { canned, failure } from '../canned.js';

const { answer, last, device } = await canned();
const me = { externalId: '33:52:77:99:43', externalKey: new Secret('k-8f21') };
const key = '12345678910111213141516171819202';
const encrypted = { ...me, encryptionKey: new Secret(key) };
const iv = Buffer.alloc(16, 7);
const body = { id: 'b-1', content: '{"mqtt":{}}', client_cert: 'C', client_key: 'K', ca_cert: 'A' };
const encrypt = (text: string) =>
  Buffer.concat([iv, createCipheriv('aes-256-cfb', key, iv).update(Buffer.from(text))]);

describe('a device', () => {
  it('fetches its configuration with its own scheme and a raw colon in the path', async () => {
    answer({ status: 200, body });
    const fetched = await device.fetch(me);
    expect(last.line).toBe('GET /clients/bootstrap/33:52:77:99:43');
    expect(last.headers.authorization).toBe('Client k-8f21');
    expect(fetched).toMatchObject({ configId: 'b-1', clientCert: 'C', caCert: 'A' });
    expect(fetched.content?.reveal()).toBe('{"mqtt":{}}');
    expect(fetched.clientKey?.reveal()).toBe('K');
  });

  it('gets undefined for what is left out', async () => {
    answer({ status: 200, body: { id: 'b-1' } });
    expect(await device.fetch(me)).toEqual({
      configId: 'b-1',
      content: undefined,
      clientCert: undefined,
      clientKey: undefined,
      caCert: undefined,
    });
  });

  it('fetches it encrypted, its key included', async () => {
    answer({ status: 200, body: encrypt(JSON.stringify(body)) });
    expect((await device.fetchSecure(encrypted)).content?.reveal()).toBe('{"mqtt":{}}');
    expect(last.line).toBe('GET /clients/bootstrap/secure/33:52:77:99:43');
    const [, hex] = /^Client ([0-9a-f]+)$/.exec(last.headers.authorization!)!;
    const sent = Buffer.from(hex!, 'hex');
    const decipher = createDecipheriv('aes-256-cfb', key, sent.subarray(0, 16));
    expect(decipher.update(sent.subarray(16)).toString()).toBe('k-8f21');
  });

  it.each([
    [
      'encrypted with another key',
      Buffer.concat([iv, createCipheriv('aes-256-cfb', 'x'.repeat(32), iv).update('{"id":"b-1"}')]),
    ],
    ['shorter than an IV', Buffer.from('short')],
    ['not encrypted', Buffer.from(JSON.stringify(body))],
  ])('does not take an answer that is %s', async (_, bytes) => {
    answer({ status: 200, body: bytes });
    expect(await failure(device.fetchSecure(encrypted))).toBe('unavailable unreadable_answer');
  });

  it('is told at once when its encryption key cannot be one', async () => {
    answer({ status: 200, body });
    const call = device.fetchSecure({ ...me, encryptionKey: new Secret('short') });
    await expect(call).rejects.toMatchObject({ kind: 'invalid', code: 'invalid_encryption_key' });
    expect(last.count).toBe(0);
  });

  it('is told at once when no path can address its id', async () => {
    const call = device.fetch({ ...me, externalId: 'a/b' });
    await expect(call).rejects.toMatchObject({ kind: 'invalid', code: 'invalid_path_segment' });
  });
});

describe('a refusal', () => {
  it.each([
    [404, { message: 'entity not found' }, 'not_found unknown_external_id'],
    [404, '404 page not found', 'not_found not_found'],
    [
      403,
      { message: 'failed to get bootstrap configuration for given external key' },
      'forbidden wrong_external_key',
    ],
    [
      403,
      { message: 'failed to get bootstrap configuration for given encrypted external key' },
      'forbidden wrong_external_key',
    ],
    [401, { message: 'missing or invalid bearer entity key' }, 'unauthenticated unauthenticated'],
    [500, '', 'unavailable bootstrap_disabled_or_broken'],
  ])('%i %j is told apart, and not repeated', async (status, text, expected) => {
    answer({ status, body: text });
    expect(await failure(device.fetch(me))).toBe(expected);
    expect(await failure(device.fetchSecure(encrypted))).toBe(expected);
    expect(last.count).toBe(2);
  });

  it('of a gateway in between is repeated', async () => {
    answer({ status: 503 });
    expect(await failure(device.fetch(me))).toBe('unavailable server_error');
    expect(last.count).toBe(3);
  });
});
