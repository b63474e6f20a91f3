import { describe, expect, it } from '@jest/globals';
import { EMPTY_JOURNAL, World, dieAt, settle } from './harness.js';

const WITH_EXPORTER = `
[bootstrap.content]
gateway_key = "\${gateway.client_key}"
gateway_ca = "\${gateway.ca_cert}"
exporter_key = "\${clients.exporter.client_key}"
[[clients]]
name = "exporter"
[[clients]]
name = "gateway"
[clients.metadata]
external_id = "x"
[[channels]]
name = "data-channel"
`;

describe('a device with a key of its own', () => {
  it('gets a gateway without certificate, whatever the settings say', async () => {
    const world = new World({ settings: { x509: true } });
    const result = await world.process().provision(world.call({ ownKey: true }));
    expect(world.platform.certificates.size).toBe(0);
    expect(world.platform.calls).not.toContain('storeCertificate');
    expect(world.platform.configurations.get(result.configuration!.id)).toMatchObject({ enabled: true });
    expect(result.clients[0]).not.toHaveProperty('certificate');
    expect(result).not.toHaveProperty('issuerChain');
  });

  it("still gets its layout's other clients their certificates, and nothing where its own would stand", async () => {
    const world = new World({ settings: { x509: true }, toml: WITH_EXPORTER });
    const result = await world.process().provision(world.call({ ownKey: true }));
    const [exporter, gateway] = result.clients;
    expect([...world.platform.certificates.values()]).toEqual([{ clientId: exporter!.id, revoked: false }]);
    expect(gateway).not.toHaveProperty('certificate');
    const configuration = world.platform.configurations.get(result.configuration!.id)!;
    expect(configuration.files).toBeUndefined();
    expect(JSON.parse(configuration.content!)).toEqual({
      gateway_key: '',
      gateway_ca: '',
      exporter_key: exporter!.certificate!.key,
    });
  });

  it('has its gateway found complete after a crash, where no key was lost', async () => {
    const world = new World({ settings: { x509: true } });
    const died = dieAt(world, 'setConfigurationEnabled', 'after', 2);
    void world.process().provision(world.call({ ownKey: true }));
    await died;
    await world.recover();
    expect(world.outcomes).toEqual(['recovered']);
    expect(world.platform.clients.size).toBe(1);
  });

  it("has it removed after a crash that lost another client's key", async () => {
    const world = new World({ settings: { x509: true }, toml: WITH_EXPORTER });
    const died = dieAt(world, 'setConfigurationEnabled', 'after', 2);
    void world.process().provision(world.call({ ownKey: true }));
    await died;
    await settle();
    await world.recover();
    expect(world.platform.size).toBe(0);
    expect(world.platform.certificates.size).toBe(1);
    expect(await world.journal.counts()).toEqual(EMPTY_JOURNAL);
  });
});
