import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { Secret } from '@org/domain';
import type { enrolmentV1 } from '@org/proto';
import { type RunningApp, startApp } from '../support/app.js';
import { ANN, Opened, ask, csrOf, newKey } from '../support/device.js';

const opened = new Opened();
let behindProxy: RunningApp;
let open: RunningApp;
beforeAll(async () => {
  behindProxy = await startApp({ MG_PROVISION_TRUSTED_PROXIES: '127.0.0.0/8,10.0.0.7' });
  open = await startApp();
});
afterEach(() => opened.close());
afterAll(async () => {
  await behindProxy.close();
  await open.close();
});

/** The address that an operator is shown for a device that begins. */
async function originAt(app: RunningApp, ...forwardedFor: string[]): Promise<string> {
  const { enrolment } = opened.connect(app);
  const metadata = new Metadata();
  for (const each of forwardedFor) metadata.add('x-forwarded-for', each);
  const request = { csr: await csrOf(newKey()), device: undefined };
  const { code } = await ask<enrolmentV1.BeginResponse>((done) => enrolment.begin(request, metadata, done));
  const look = { code: new Secret(code), operator: ANN, address: '198.51.100.1' };
  return (await app.server.enrolments!.lookUp(look)).origin;
}

describe('the address of a device', () => {
  it('is what a trusted proxy says', async () => {
    expect(await originAt(behindProxy, '198.51.100.7')).toBe('198.51.100.7');
    expect(await originAt(behindProxy, '::ffff:198.51.100.7')).toBe('198.51.100.7');
    expect(await originAt(behindProxy, '2001:db8::7')).toBe('2001:db8::7');
    expect(await originAt(behindProxy)).toBe('127.0.0.1');
    expect(await originAt(behindProxy, '198.51.100.7:49152')).toBe('198.51.100.7');
    expect(await originAt(behindProxy, '198.51.100.7, garbage')).toBe('127.0.0.1');
  });

  it('is not what the device itself told the proxy', async () => {
    expect(await originAt(behindProxy, '203.0.113.1, 198.51.100.7')).toBe('198.51.100.7');
    expect(await originAt(behindProxy, '203.0.113.1', '198.51.100.7, 10.0.0.7')).toBe('198.51.100.7');
  });

  it('is that of its connection where no one is trusted', async () => {
    expect(await originAt(open, '198.51.100.7')).toBe('127.0.0.1');
  });
});
