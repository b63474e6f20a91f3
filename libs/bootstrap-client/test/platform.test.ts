import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { failure } from './canned.js';
import { platform } from './platform.js';

const { emulator, configs, profiles, enrolments, device, health, call, newClient } = await platform();

const newDevice = () => ({ externalId: `33:52:${randomUUID()}`, externalKey: new Secret(randomUUID()) });
const content = new Secret('{"mqtt":{}}');

describe('a configuration', () => {
  it('is enabled at birth, and fetched by its device', async () => {
    const me = newDevice();
    const name = randomUUID();
    const id = await configs.add({ ...me, name, content, renderContext: { a: 1 } }, call);
    const { externalId } = me;
    const view = {
      id,
      externalId,
      name,
      content,
      status: 'enabled',
      profileId: undefined,
      renderContext: { a: 1 },
    };
    expect(await configs.view(id, call)).toEqual(view);
    expect(await configs.findByExternalId(externalId, call)).toEqual(view);
    const fetched = await device.fetch(me);
    expect(fetched.configId).toBe(id);
    expect(fetched.content?.reveal()).toBe('{"mqtt":{}}');
  });

  it('is not given out while it is disabled', async () => {
    const me = newDevice();
    const id = await configs.add(me, call);
    await configs.disable(id, call);
    await configs.disable(id, call);
    expect(await failure(device.fetch(me))).toBe('unavailable bootstrap_disabled_or_broken');
    expect(await configs.findByExternalId(me.externalId, call)).toMatchObject({ status: 'disabled' });
    expect((await configs.list({ externalId: me.externalId }, call)).total).toBe(0);
    await configs.enable(id, call);
    expect((await device.fetch(me)).configId).toBe(id);
  });

  it('carries certificates to the device, which no other view shows', async () => {
    const me = newDevice();
    const id = await configs.add(me, call);
    await configs.updateCerts(id, { clientCert: 'C', clientKey: new Secret('K'), caCert: 'A' }, call);
    const fetched = await device.fetch(me);
    expect(fetched).toMatchObject({ clientCert: 'C', caCert: 'A' });
    expect(fetched.clientKey?.reveal()).toBe('K');
  });

  it('is changed as a whole', async () => {
    const id = await configs.add({ ...newDevice(), name: randomUUID(), content }, call);
    await configs.update(id, { name: undefined, content: new Secret('new') }, call);
    const changed = await configs.view(id, call);
    expect(changed.name).toBeUndefined();
    expect(changed.content?.reveal()).toBe('new');
  });

  it('is a conflict when its external id or name is taken', async () => {
    const me = newDevice();
    const name = randomUUID();
    await configs.add({ ...me, name }, call);
    expect(await failure(configs.add(me, call))).toBe('conflict external_id_or_name_taken');
    expect(await failure(configs.add({ ...newDevice(), name }, call))).toBe(
      'conflict external_id_or_name_taken',
    );
  });

  it('does not take a key that is too long', async () => {
    const config = { ...newDevice(), externalKey: new Secret('k'.repeat(73)) };
    expect(await failure(configs.add(config, call))).toBe('invalid external_key_too_long');
  });

  it('that may have been added is found by its external id, and was added once', async () => {
    const me = newDevice();
    emulator.faults.add({ operation: 'bootstrap.add_config', action: 'fail_after' });
    expect(await failure(configs.add(me, call))).toBe('ambiguous server_error');
    expect(await configs.findByExternalId(me.externalId, call)).toMatchObject({ externalId: me.externalId });
  });

  it('is removed, however often it is asked for', async () => {
    const me = newDevice();
    const id = await configs.add(me, call);
    emulator.faults.add({ operation: 'bootstrap.remove_config', action: 'drop_after' });
    await configs.remove(id, call);
    await configs.remove(id, call);
    expect(await failure(configs.view(id, call))).toBe('not_found not_found');
    expect(await failure(device.fetch(me))).toBe('not_found unknown_external_id');
  });
});

describe('a device', () => {
  it('with the wrong key is refused', async () => {
    const me = newDevice();
    await configs.add(me, call);
    expect(await failure(device.fetch({ ...me, externalKey: new Secret('wrong') }))).toBe(
      'forbidden wrong_external_key',
    );
  });

  it('fetches the same encrypted, if it knows the key of the service', async () => {
    const me = newDevice();
    await configs.add({ ...me, content }, call);
    const encryptionKey = new Secret(emulator.bootstrapEncryptKey);
    expect(await device.fetchSecure({ ...me, encryptionKey })).toEqual(await device.fetch(me));
    const wrong = { ...me, encryptionKey: new Secret('x'.repeat(32)) };
    expect(await failure(device.fetchSecure(wrong))).toBe('forbidden wrong_external_key');
  });
});

describe('a profile', () => {
  const slot = { name: 'mqtt', type: 'client', required: true };
  const newProfile = () => ({
    name: randomUUID(),
    contentTemplate: '{"id":{{ toJSON .Bindings.mqtt.ID }},"x":{{ toJSON .Vars.x }}}',
    templateFormat: 'json' as const,
    defaults: { x: 1 },
    bindingSlots: [slot],
  });

  it('is rendered with what is bound to it', async () => {
    const { id } = await profiles.create(newProfile(), call);
    const me = newDevice();
    const configId = await configs.add({ ...me, profileId: id, renderContext: { x: 2 } }, call);
    expect(await failure(device.fetch(me))).toBe('unavailable bootstrap_disabled_or_broken');
    const clientId = await newClient();
    await enrolments.bind(configId, [{ slot: 'mqtt', type: 'client', resourceId: clientId }], call);
    await enrolments.refresh(configId, call);
    expect(await enrolments.bindings(configId, call)).toMatchObject([
      {
        configId,
        slot: 'mqtt',
        type: 'client',
        resourceId: clientId,
        snapshot: { id: clientId, name: 'press-7' },
      },
    ]);
    expect(JSON.parse((await device.fetch(me)).content!.reveal())).toEqual({ id: clientId, x: 2 });
  });

  it('is viewed, listed, replaced and removed', async () => {
    const profile = newProfile();
    const { id } = await profiles.create(profile, call);
    expect(await profiles.view(id, call)).toMatchObject({ ...profile, version: 1 });
    expect(await profiles.slots(id, call)).toEqual([slot]);
    expect((await profiles.list({ limit: 100 }, call)).items).toContainEqual(expect.objectContaining({ id }));
    await profiles.update(id, { name: profile.name, templateFormat: 'raw', contentTemplate: 'plain' }, call);
    expect(await profiles.view(id, call)).toMatchObject({
      contentTemplate: 'plain',
      bindingSlots: [],
      version: 2,
    });
    await profiles.remove(id, call);
    await profiles.remove(id, call);
    expect(await failure(profiles.view(id, call))).toBe('not_found not_found');
  });

  it('is read from a file', async () => {
    const name = randomUUID();
    const created = await profiles.upload(
      { text: `name: ${name}\ntemplate_format: raw\n`, format: 'yaml' },
      call,
    );
    expect(created).toMatchObject({ name, templateFormat: 'raw' });
  });

  it('can be tried before it is used', async () => {
    const { id } = await profiles.create(newProfile(), call);
    const bindings = [{ slot: 'mqtt', type: 'client', resourceId: 'c-1', snapshot: {} }] as const;
    const rendered = await profiles.renderPreview(id, { bindings, renderContext: { x: 'ü"' } }, call);
    expect(JSON.parse(rendered)).toEqual({ id: 'c-1', x: 'ü"' });
    expect(await failure(profiles.renderPreview(id, {}, call))).toBe('unavailable render_failed');
  });

  it('is assigned later; one that does not exist is not', async () => {
    const me = newDevice();
    const configId = await configs.add({ ...me, content }, call);
    const { id } = await profiles.create(
      { name: randomUUID(), templateFormat: 'raw', contentTemplate: 'new' },
      call,
    );
    expect(
      await failure(enrolments.bind(configId, [{ slot: 's', type: 'client', resourceId: 'c' }], call)),
    ).toBe('not_found not_found');
    expect(await failure(enrolments.assignProfile(configId, randomUUID(), call))).toBe('not_found not_found');
    await enrolments.assignProfile(configId, id, call);
    expect((await device.fetch(me)).content?.reveal()).toBe('new');
  });
});

describe('the service', () => {
  it('says who it is', async () =>
    expect(await health()).toMatchObject({ description: 'bootstrap service' }));
});
