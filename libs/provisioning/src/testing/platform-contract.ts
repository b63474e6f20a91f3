import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { NewChannel, NewClient, NewConfiguration, PlatformSession } from '../platform/platform.js';

interface PlatformUnderTest {
  readonly session: PlatformSession;
  /** A session of someone who is not a member of the domain; undefined where there are no members. */
  readonly stranger: PlatformSession | undefined;
  /** A member's session whose lease has been lost. */
  readonly late: PlatformSession;
  /** A session of a member who may only look; undefined where there are no members. */
  readonly reader: PlatformSession | undefined;
  close(): Promise<void>;
}

const client = (): NewClient => ({
  id: randomUUID(),
  name: 'press',
  secret: randomUUID(),
  metadata: { line: 'a' },
});
const channel = (): NewChannel => ({ id: randomUUID(), name: 'data', metadata: { type: 'data' } });
const configuration = (more: Partial<NewConfiguration> = {}): NewConfiguration => ({
  runId: randomUUID(),
  name: `press ${randomUUID()}`,
  externalId: randomUUID(),
  externalKey: 'k-1',
  content: '{"a":1}',
  profileId: undefined,
  renderContext: { external_id: 'x' },
  ...more,
});

/** What every platform must do for provisioning. */
export function platformContract(name: string, open: () => Promise<PlatformUnderTest>): void {
  describe(`platform contract: ${name}`, () => {
    let under: PlatformUnderTest;
    let session: PlatformSession;

    beforeAll(async () => {
      under = await open();
      session = under.session;
    });
    afterAll(() => under.close());

    it('creates clients under the ids asked for, all or none', async () => {
      const [a, b] = [client(), client()];
      const views = await session.createClients([a, b]);
      expect([...views.keys()].sort()).toEqual([a.id, b.id].sort());
      expect(views.get(a.id)).toMatchObject({ id: a.id, name: 'press', metadata: { line: 'a' } });

      const c = client();
      await expect(session.createClients([c, a])).rejects.toMatchObject({
        kind: expect.stringMatching(/conflict|ambiguous/),
      });
      expect((await session.viewClients([a.id, b.id, c.id])).size).toBe(2);
    });

    it('removes clients, also those that are gone, and tells what is left of them', async () => {
      const [a, b] = [client(), client()];
      await session.createClients([a, b]);
      await session.removeClient(a.id);
      expect((await session.viewClients([a.id])).size).toBe(0);
      await expect(session.removeClient(a.id)).resolves.toBeUndefined();
      for (const mayBeHidden of [true, false]) {
        const things = [a, b, client()];
        expect(await session.remainingClients({ things, mayBeHidden })).toEqual([{ id: b.id }]);
      }
    });

    it('creates and removes channels likewise', async () => {
      const [a, b] = [channel(), channel()];
      const views = await session.createChannels([a, b]);
      expect(views.get(b.id)).toMatchObject({ id: b.id, metadata: { type: 'data' } });
      await expect(session.createChannels([a])).rejects.toMatchObject({
        kind: expect.stringMatching(/conflict|ambiguous/),
      });
      await session.removeChannel(a.id);
      expect([...(await session.viewChannels([a.id, b.id])).keys()]).toEqual([b.id]);
      for (const mayBeHidden of [true, false]) {
        const things = [a, b, channel()];
        expect(await session.remainingChannels({ things, mayBeHidden })).toEqual([{ id: b.id }]);
      }
      await expect(session.removeChannel(a.id)).resolves.toBeUndefined();
    });

    it('connects all clients to all channels, once', async () => {
      const [a, b, c] = [client(), channel(), channel()];
      await Promise.all([session.createClients([a]), session.createChannels([b, c])]);
      await session.connect([a.id], [b.id, c.id]);
      await expect(session.connect([a.id], [b.id])).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('disconnects them, connected or not, there or not', async () => {
      const [a, b] = [client(), channel()];
      await expect(session.disconnect([a.id], [b.id])).resolves.toBeUndefined();
      await Promise.all([session.createClients([a]), session.createChannels([b])]);
      await session.connect([a.id], [b.id]);
      await session.disconnect([a.id], [b.id]);
      await expect(session.disconnect([a.id], [b.id])).resolves.toBeUndefined();
      await expect(session.connect([a.id], [b.id])).resolves.toBeUndefined();
    });

    it('replaces metadata, and finds gateways by their external id', async () => {
      const a = client();
      await session.createClients([a]);
      const externalId = `mac:${a.id}`;
      const view = await session.updateMetadata(a, { external_id: externalId, cfg_id: 'c' });
      expect(view).toMatchObject({ id: a.id, metadata: { external_id: externalId, cfg_id: 'c' } });
      expect(await session.findGatewayClients(externalId)).toEqual([a.id]);
      expect(await session.findGatewayClients('nobody')).toEqual([]);
    });

    it('finds a configuration by external id, enabled or not, with the run that made it', async () => {
      const wanted = configuration();
      const id = await session.createConfiguration(wanted);
      const found = { id, name: wanted.name, runId: wanted.runId };
      await session.setConfigurationEnabled(id, false);
      expect(await session.findConfiguration(wanted.externalId)).toMatchObject({ ...found, enabled: false });
      await session.setConfigurationEnabled(id, true);
      await session.setConfigurationEnabled(id, true);
      expect(await session.findConfiguration(wanted.externalId)).toMatchObject({ ...found, enabled: true });
      await session.removeConfiguration(id);
      expect(await session.findConfiguration(wanted.externalId)).toBeUndefined();
      await expect(session.removeConfiguration(id)).resolves.toBeUndefined();
    });

    it('has one configuration for an external id', async () => {
      const first = configuration();
      await session.createConfiguration(first);
      const second = configuration({ externalId: first.externalId });
      await expect(session.createConfiguration(second)).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('gives back the certificate that a configuration holds', async () => {
      const id = await session.createConfiguration(configuration());
      const files = { clientCert: 'cert', clientKey: 'key', caCert: 'ca' };
      expect(await session.setConfigurationEnabled(id, false)).toBeUndefined();
      await session.storeCertificate(id, files);
      expect(await session.setConfigurationEnabled(id, false)).toEqual(files);
    });

    it('issues certificates, lists and revokes them', async () => {
      const a = client();
      await session.createClients([a]);
      const order = { clientId: a.id, commonName: a.id, ttl: '24h' };
      const issued = [await session.issueCertificate(order), await session.issueCertificate(order)];
      expect(issued[0]!.key).not.toBe('');
      expect(await session.issuerChain()).not.toBe('');
      await session.revokeCertificate(issued[0]!.serial);
      expect(await session.unlistedCertificatesOf(a.id)).toEqual([]);
      const known = await session.certificatesOf(a.id);
      expect(new Map(known.map((it) => [it.serial, it.revoked]))).toEqual(
        new Map([
          [issued[0]!.serial, true],
          [issued[1]!.serial, false],
        ]),
      );
    });

    it('makes no call for a lease that was lost', async () => {
      const a = client();
      await expect(under.late.createClients([a])).rejects.toMatchObject({ code: 'lease_lost' });
      expect((await session.viewClients([a.id])).size).toBe(0);
      await session.createClients([a]);
      await expect(under.late.removeClient(a.id)).rejects.toMatchObject({ code: 'lease_lost' });
      expect((await session.viewClients([a.id])).size).toBe(1);
    });

    it('knows who may change a client from who may only look at it', async () => {
      const a = client();
      await session.createClients([a]);
      const before = (await session.viewClients([a.id])).get(a.id);
      await expect(session.assertMayUpdate(a.id)).resolves.toBeUndefined();
      for (const other of [under.reader, under.stranger])
        if (other) await expect(other.assertMayUpdate(a.id)).rejects.toMatchObject({ kind: 'forbidden' });
      if (under.reader) expect((await under.reader.viewClients([a.id])).size).toBe(1);
      const { updated_at: _, updated_by: __, ...rest } = (await session.viewClients([a.id])).get(a.id)!;
      expect(before).toMatchObject(rest);
    });

    it('knows members from strangers', async () => {
      await expect(session.assertMember()).resolves.toBeUndefined();
      if (under.stranger)
        await expect(under.stranger.assertMember()).rejects.toMatchObject({ kind: 'forbidden' });
    });
  });
}
