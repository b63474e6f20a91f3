import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { call, canned, failure } from '../canned.js';

const { answer, last, configs, profiles, enrolments, health } = await canned();
const never = '0001-01-01T00:00:00Z';
const config = { externalId: '33:52', externalKey: new Secret('k-8f21') };

describe('a new configuration', () => {
  it('is sent with what was given, and nothing else', async () => {
    answer({ status: 201, body: { id: 'b-1' } });
    await configs.add(
      { ...config, content: new Secret('{}'), clientKey: new Secret('PEM'), renderContext: { a: 1 } },
      call,
    );
    expect(last.line).toBe('POST /d-1/clients/configs');
    expect(last.body).toEqual({
      external_id: '33:52',
      external_key: 'k-8f21',
      content: '{}',
      client_key: 'PEM',
      render_context: { a: 1 },
    });
  });

  it.each([
    [{ body: { id: 'b-1' } }, 'b-1'],
    [{ headers: { location: '/clients/configs/b-2' } }, 'b-2'],
    [{ headers: { location: 'http://h/d-1/clients/configs/b-3' }, body: { id: 'b-3' } }, 'b-3'],
  ])('has the id that the answer says: %j', async (reply, id) => {
    answer({ status: 201, ...reply });
    expect(await configs.add(config, call)).toBe(id);
  });

  it('of which the answer says no id may exist', async () => {
    answer({ status: 201, body: {} });
    expect(await failure(configs.add(config, call))).toBe('ambiguous unreadable_answer');
  });

  it.each([
    [400, 'entity already exists', 'conflict external_id_or_name_taken'],
    [401, 'missing or invalid bearer entity key', 'invalid missing_external_key'],
    [401, 'missing or invalid bearer user token', 'unauthenticated unauthenticated'],
    [422, 'generate hash from external key failed', 'invalid external_key_too_long'],
    [422, 'failed to add bootstrap configuration', 'ambiguous create_failed'],
    [500, '', 'ambiguous server_error'],
  ])('refused with %i %p is told apart', async (status, message, expected) => {
    answer({ status, body: message && { message } });
    expect(await failure(configs.add(config, call))).toBe(expected);
    expect(last.count).toBe(1);
  });
});

describe('configurations', () => {
  it('are read without what is left out', async () => {
    answer({ status: 200, body: { id: 'b-1', external_id: '33:52', status: 'disabled' } });
    expect(await configs.view('b-1', call)).toEqual({
      id: 'b-1',
      externalId: '33:52',
      name: undefined,
      content: undefined,
      status: 'disabled',
      profileId: undefined,
      renderContext: {},
    });
  });

  it('are looked for in any status, by external id', async () => {
    answer({
      status: 200,
      body: { total: 1, offset: 0, limit: 10, configs: [{ id: 'b-1', external_id: '33:52' }] },
    });
    expect(await configs.findByExternalId('33:52', call)).toMatchObject({ id: 'b-1' });
    expect(last.line).toBe('GET /d-1/clients/configs?limit=10&status=all&external_id=33%3A52');
    answer({ status: 200, body: { total: 0, offset: 0, limit: 10, configs: [] } });
    expect(await configs.findByExternalId('33:52', call)).toBeUndefined();
  });

  it('are not taken for absent when the database of the service fails', async () => {
    answer({ status: 200, body: { total: 0, offset: 0, limit: 0, configs: [] } });
    expect(await failure(configs.findByExternalId('33:52', call))).toBe('unavailable unreadable_answer');
    expect(last.count).toBe(3);
  });

  it('are changed as a whole, whatever the answer', async () => {
    answer({ status: 200 });
    await configs.update('b-1', { name: 'n', content: new Secret('c') }, call);
    expect(last).toMatchObject({ line: 'PATCH /d-1/clients/configs/b-1', body: { name: 'n', content: 'c' } });
    const certificates = { clientCert: 'C', clientKey: new Secret('K'), caCert: 'A' };
    await configs.updateCerts('b-1', certificates, call);
    expect(last).toMatchObject({
      line: 'PATCH /d-1/clients/configs/certs/b-1',
      body: { client_cert: 'C', client_key: 'K', ca_cert: 'A' },
    });
  });

  it.each(['enable', 'disable'] as const)('show their certificates to who would %s them', async (to) => {
    answer({
      status: 200,
      body: { id: 'b-1', external_key: '', client_cert: 'C', client_key: 'K', status: 'enabled' },
    });
    const { clientCert, clientKey, caCert } = await configs[to]('b-1', call);
    expect(last.line).toBe(`POST /d-1/clients/configs/b-1/${to}`);
    expect([clientCert, clientKey?.reveal(), caCert]).toEqual(['C', 'K', undefined]);
  });
});

describe('profiles', () => {
  const wire = { id: 'p-1', name: 'gw', template_format: 'json', version: 1, updated_at: never };

  it.each([[undefined], [null], [[]]])('and slots are empty when %p', async (nothing) => {
    answer({ status: 200, body: { total: 0, profiles: nothing, binding_slots: nothing } });
    expect(await profiles.list({}, call)).toEqual({ total: 0, offset: 0, items: [] });
    expect(await profiles.slots('p-1', call)).toEqual([]);
  });

  it('are sent with the format under the names of both releases', async () => {
    answer({ status: 201, body: wire });
    const slots = [{ name: 'mqtt', type: 'client', required: true }];
    const created = await profiles.create({ name: 'gw', templateFormat: 'json', bindingSlots: slots }, call);
    expect(last.body).toEqual({
      name: 'gw',
      template_format: 'json',
      content_format: 'json',
      binding_slots: slots,
    });
    expect(created).toMatchObject({ id: 'p-1', templateFormat: 'json', updatedAt: undefined, defaults: {} });
    answer({ status: 200, body: { id: 'p-1', content_format: 'raw' } });
    expect(await profiles.view('p-1', call)).toMatchObject({ templateFormat: 'raw' });
  });

  it('are uploaded as the file is', async () => {
    answer({ status: 201, body: wire });
    await profiles.upload({ text: 'name: gw', format: 'yaml' }, call);
    expect(last).toMatchObject({
      line: 'POST /d-1/clients/bootstrap/profiles/upload',
      headers: { 'content-type': 'application/yaml' },
      body: 'name: gw',
    });
  });

  it('are tried without being repeated when they do not render', async () => {
    answer({ status: 500 });
    const preview = profiles.renderPreview('p-1', { renderContext: { a: 1 } }, call);
    expect(await failure(preview)).toBe('unavailable render_failed');
    expect(last).toMatchObject({ count: 1, body: { config: { render_context: { a: 1 } } } });
  });
});

describe('enrolments', () => {
  it('have no bindings when there are none', async () => {
    answer({ status: 200, body: { bindings: null } });
    expect(await enrolments.bindings('b-1', call)).toEqual([]);
  });

  it('are bound by slot', async () => {
    answer({ status: 204 });
    await enrolments.bind('b-1', [{ slot: 'mqtt', type: 'client', resourceId: 'c-1' }], call);
    expect(last.line).toBe('PUT /d-1/clients/bootstrap/enrollments/b-1/bindings');
    expect(last.body).toEqual({ bindings: [{ slot: 'mqtt', type: 'client', resource_id: 'c-1' }] });
  });
});

describe('health', () => {
  it('is read', async () => {
    answer({ status: 200, body: { status: 'pass', description: 'bootstrap service' } });
    expect(await health()).toMatchObject({ status: 'pass', description: 'bootstrap service' });
  });
});
