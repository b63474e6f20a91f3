import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, fresh, openBench } from './support/bench.js';
import { message } from './support/http.js';
import { newProfile } from './support/things.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const PROFILES = '/{domain}/clients/bootstrap/profiles';

const create = async (json: object) => {
  const answer = await bench.asOwner('bootstrap', 'POST', PROFILES, { json });
  if (answer.status === 201)
    bench.later('bootstrap', 'DELETE', `${PROFILES}/${answer.read<{ id: string }>().id}`);
  return answer;
};
const on = (method: string, path: string, json?: unknown) =>
  bench.asOwner('bootstrap', method, `${PROFILES}/${path}`, { ...(json !== undefined && { json }) });

const upload = async (type: string, body: string) => {
  const answer = await bench.asOwner('bootstrap', 'POST', `${PROFILES}/upload`, { type, body });
  if (answer.status === 201)
    bench.later('bootstrap', 'DELETE', `${PROFILES}/${answer.read<{ id: string }>().id}`);
  return answer;
};

interface Times {
  readonly created_at: string;
  readonly updated_at: string;
}

/** Rounded down, and written as Go does: without zeros at the end. */
const microseconds = (time: string) =>
  time
    .replace(/\.(\d{0,6})\d*Z$/, (_, fraction: string) => `.${fraction.replace(/0+$/, '')}Z`)
    .replace('.Z', 'Z');
const inMicroseconds = ({ created_at, updated_at, ...rest }: Times) => ({
  ...rest,
  created_at: microseconds(created_at),
  updated_at: microseconds(updated_at),
});

describe('profiles (wire §4.4)', () => {
  it('creates one with version 1 and a Location', async () => {
    const json = {
      name: fresh('p'),
      description: 'd',
      template_format: 'json',
      content_template: '{"a":{{toJSON .Vars.a}}}',
      defaults: { a: 1 },
      binding_slots: [{ name: 'mqtt', type: 'client', required: true, fields: ['secret'] }],
    };
    const answer = await create({ ...json, id: 'ignored', version: 7 });
    expect(answer.status).toBe(201);
    const { id } = answer.read<{ id: string }>();
    expect(answer.headers.get('location')).toBe(`/bootstrap/profiles/${id}`);
    expect(answer.json).toMatchObject({ ...json, domain_id: bench.domain, version: 1 });
    const stored = (await on('GET', id)).read<Times>();
    // The database keeps microseconds; the answer still has Go's nanoseconds.
    expect(stored).toStrictEqual(inMicroseconds(answer.read<Times>()));
  });

  it('wants a name, and answers everything else that is wrong with an empty 500', async () => {
    const unnamed = await create({});
    expect([unnamed.status, unnamed.text]).toStrictEqual([400, message('missing identity name')]);
    const name = fresh('p');
    await newProfile(bench, { name });
    const wrong = [
      { name },
      { name: fresh('p'), content_template: '{{.Vars' },
      { name: fresh('p'), content_template: '{{nonsense .Vars.a}}' },
      { name: fresh('p'), binding_slots: [{ name: '', type: 'client' }] },
      { name: fresh('p'), binding_slots: [{ name: 'a' }] },
      {
        name: fresh('p'),
        binding_slots: [
          { name: 'a', type: 'client' },
          { name: 'a', type: 'channel' },
        ],
      },
    ];
    for (const json of wrong) {
      const answer = await create(json);
      expect([answer.status, answer.text]).toStrictEqual([500, '']);
    }
  });

  it('stores formats that it does not know, and raw templates that do not parse', async () => {
    expect((await create({ name: fresh('p'), template_format: 'nonsense' })).status).toBe(201);
    expect((await create({ name: fresh('p'), template_format: 'raw', content_template: '{{' })).status).toBe(
      201,
    );
    expect((await create({ name: fresh('p') })).json).toMatchObject({ template_format: 'go-template' });
  });

  it('takes uploads in three languages', async () => {
    const [a, b, c] = [fresh('p'), fresh('p'), fresh('p')];
    expect((await upload('application/json', `{"name":"${a}"}`)).json).toMatchObject({ name: a });
    const yaml = await upload('application/x-yaml', `name: ${b}\ndefaults:\n  x: 1\n`);
    expect(yaml.json).toMatchObject({ name: b, defaults: { x: 1 } });
    const toml = await upload('application/toml', `name = "${c}"\n[defaults]\ny = 2\n`);
    expect(toml.json).toMatchObject({ name: c, defaults: { y: 2 } });
    expect((await upload('text/plain', 'name: x')).status).toBe(415);
    expect((await upload('application/toml', 'name = ')).status).toBe(400);
  });

  it('lists the newest first, and null when there are none', async () => {
    const domain = await bench.newDomain(bench.owner.token);
    const path = `/${domain}/clients/bootstrap/profiles`;
    const list = (query = '') => bench.asOwner('bootstrap', 'GET', `${path}${query}`);
    expect((await list()).json).toStrictEqual({ total: 0, offset: 0, limit: 10, profiles: null });
    for (const name of ['first', 'second']) {
      const made = await bench.asOwner('bootstrap', 'POST', path, { json: { name } });
      bench.later('bootstrap', 'DELETE', `${path}/${made.read<{ id: string }>().id}`);
    }
    expect((await list()).json).toMatchObject({
      total: 2,
      profiles: [{ name: 'second' }, { name: 'first' }],
    });
    expect((await list('?offset=1&limit=1')).json).toMatchObject({ total: 2, profiles: [{ name: 'first' }] });
    for (const query of ['?limit=0', '?limit=101']) {
      expect((await list(query)).text).toBe(message('invalid limit size'));
    }
  });

  it('shows slots, or null', async () => {
    const slots = [{ name: 'a', type: 'client', required: false }];
    const [withSlots, without] = [await newProfile(bench, { binding_slots: slots }), await newProfile(bench)];
    expect((await on('GET', `${withSlots}/slots`)).json).toStrictEqual({ binding_slots: slots });
    expect((await on('GET', `${without}/slots`)).json).toStrictEqual({ binding_slots: null });
  });

  it('replaces the whole on update, and answers with what was sent', async () => {
    const id = await newProfile(bench, { description: 'old', content_template: 'x' });
    const name = fresh('p');
    const answer = await on('PATCH', id, { name });
    expect([answer.status, answer.json]).toStrictEqual([
      200,
      {
        id,
        name,
        template_format: '',
        created_at: '0001-01-01T00:00:00Z',
        updated_at: '0001-01-01T00:00:00Z',
      },
    ]);
    const stored = (await on('GET', id)).read<Record<string, unknown>>();
    expect(stored).toMatchObject({ name, version: 2, template_format: 'go-template' });
    expect(stored).not.toHaveProperty('description');
    expect(stored).not.toHaveProperty('content_template');
  });

  it('deletes what is there and what is not', async () => {
    const id = await newProfile(bench);
    expect((await on('DELETE', id)).status).toBe(204);
    expect((await on('DELETE', id)).status).toBe(204);
    for (const answer of [
      await on('GET', id),
      await on('PATCH', id, { name: 'x' }),
      await on('POST', `${id}/render-preview`, {}),
    ]) {
      expect([answer.status, answer.text]).toStrictEqual([404, message('entity not found')]);
    }
  });

  it('keeps strangers out', async () => {
    const { token } = bench.stranger;
    expect((await bench.call('bootstrap', 'GET', PROFILES, { token })).status).toBe(403);
    expect((await bench.call('bootstrap', 'POST', PROFILES, { token, json: { name: 'x' } })).status).toBe(
      403,
    );
  });
});

describe('rendering (wire §4.4)', () => {
  const preview = async (profile: object, json: object = {}) => {
    const id = await newProfile(bench, profile);
    return on('POST', `${id}/render-preview`, json);
  };
  const rendered = async (template: string, json: object = {}, more: object = {}) => {
    const answer = await preview({ content_template: template, ...more }, json);
    return answer.status === 200 ? answer.read<{ content: string }>().content : answer.status;
  };

  it('fills in device, variables and bindings', async () => {
    const json = {
      config: { id: 'c1', external_id: 'e1', render_context: { b: 'own' } },
      render_context: { b: 'unused' },
      bindings: [
        {
          slot: 'mqtt',
          type: 'client',
          resource_id: 'r1',
          snapshot: { name: 'n' },
          secret_snapshot: { secret: 's' },
        },
      ],
    };
    const template =
      '{{.Device.ID}} {{.Device.ExternalID}} {{.Device.DomainID}} {{.Vars.a}} {{.Vars.b}} ' +
      '{{.Bindings.mqtt.ID}} {{.Bindings.mqtt.Type}} {{.Bindings.mqtt.Snapshot.name}} {{.Bindings.mqtt.Secret.secret}}';
    const content = await rendered(template, json, { defaults: { a: 'default', b: 'default' } });
    expect(content).toBe(`c1 e1 ${bench.domain} default own r1 client n s`);
  });

  it('uses the context of the request only when the config has none', async () => {
    expect(await rendered('{{.Vars.x}}', { render_context: { x: 'y' } })).toBe('y');
  });

  it('escapes nothing; toJSON does', async () => {
    const json = { render_context: { x: 'a"b<c>' } };
    expect(await rendered('{{.Vars.x}}', json)).toBe('a"b<c>');
    expect(await rendered('{{toJSON .Vars.x}}', json)).toBe('"a\\"b\\u003cc\\u003e"');
  });

  it('knows default, required and index', async () => {
    const json = { render_context: { x: '', y: 'set' } };
    expect(await rendered('{{default "d" .Vars.x}}-{{default "d" .Vars.y}}', json)).toBe('d-set');
    expect(await rendered('{{required "y" .Vars.y}}', json)).toBe('set');
    expect(await rendered('{{required "x" .Vars.x}}', json)).toBe(500);
    expect(await rendered('{{index .Vars "none"}}', json)).toBe('<no value>');
  });

  it('answers what is missing with an empty 500', async () => {
    const answer = await preview({ content_template: '{{.Vars.none}}' });
    expect([answer.status, answer.text]).toStrictEqual([500, '']);
    expect(await rendered('{{.Bindings.none.ID}}')).toBe(500);
  });

  it.each([
    ['json', '{"a":1}', '{"a":'],
    ['yaml', 'a: 1', 'a: [1'],
    ['toml', 'a = 1', 'a = '],
  ])('checks that %s comes out', async (template_format, good, bad) => {
    expect(await rendered(good, {}, { template_format })).toBe(good);
    expect(await rendered(bad, {}, { template_format })).toBe(500);
  });

  it('leaves raw text alone, and fails on formats that it does not know', async () => {
    expect(await rendered('{{.Vars.none}}', {}, { template_format: 'raw' })).toBe('{{.Vars.none}}');
    expect(await rendered('x', {}, { template_format: 'nonsense' })).toBe(500);
  });

  it('does not mind unbound slots here', async () => {
    const slots = [{ name: 'a', type: 'client', required: true }];
    expect(await rendered('x', {}, { binding_slots: slots })).toBe('x');
  });

  it('is not found under an unknown domain', async () => {
    const path = `/${randomUUID()}/clients/bootstrap/profiles/${randomUUID()}/render-preview`;
    expect((await bench.asOwner('bootstrap', 'POST', path, { json: {} })).status).toBe(404);
  });
});
