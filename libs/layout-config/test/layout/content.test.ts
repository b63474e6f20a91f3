import { describe, expect, test } from '@jest/globals';
import type { JsonObject, JsonValue } from '@org/domain';
import fc from 'fast-check';
import {
  type ContentScope,
  type ContentTemplate,
  type ContentValues,
  compileContent,
  renderContent,
} from '../../src/layout/index.js';
import { LAYOUT, config, load, problems } from '../support.js';

const SCOPE: ContentScope = {
  clients: ['gw', 'my client', 'a.b', 'say "hi"'],
  channels: [
    { name: 'ctl', type: 'control' },
    { name: 'd1', type: 'data' },
    { name: 'd2', type: 'data' },
    { name: 'extra', type: undefined },
  ],
  gateway: 0,
  values: new Map([
    ['mqtt_url', 'ssl://m:8883'],
    ['two words', '2'],
  ]),
};
const certificate = (of: string) => ({
  clientCert: `cert-${of}`,
  clientKey: `key-${of}`,
  caCert: `ca-${of}`,
});
const VALUES: ContentValues = {
  domainId: 'D',
  externalId: 'E',
  name: 'N',
  clients: SCOPE.clients.map((_, index) => ({ id: `c${index}`, name: `n${index}`, secret: `s${index}` })),
  channels: SCOPE.channels.map((_, index) => ({ id: `k${index}`, name: `kn${index}` })),
};
const CERTIFICATES = new Map([0, 1].map((index) => [index, certificate(String(index))]));

function template(source: JsonObject, scope = SCOPE): ContentTemplate {
  const compiled = compileContent(source, scope);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.template;
}
const render = (text: string, values = VALUES) => renderContent(template({ text }), values)['text'];

test.each([
  ['${domain.id}', 'D'],
  ['${external_id}', 'E'],
  ['${name}', 'N'],
  ['${ name }', 'N'],
  ['${gateway.id} ${gateway.name} ${gateway.secret}', 'c0 n0 s0'],
  ['${clients.gw.id}', 'c0'],
  ['${clients["my client"].id}', 'c1'],
  ["${clients['my client'].secret}", 's1'],
  ['${clients["a.b"].name}', 'n2'],
  ['${clients["say \\"hi\\""].id}', 'c3'],
  ['${clients[\'say "hi"\'].id}', 'c3'],
  ['${clients["gw"]["id"]}', 'c0'],
  ['${channels.control.id}', 'k0'],
  ['${channels.ctl.name}', 'kn0'],
  ['${channels.data.id}', 'k2'],
  ['${channels.d1.id}', 'k1'],
  ['${channels.extra.id}', 'k3'],
  ['${values.mqtt_url}', 'ssl://m:8883'],
  ['${values["two words"]}', '2'],
  ['m/${domain.id}/c/${channels.data.id}/msg', 'm/D/c/k2/msg'],
  ['$${name}', '${name}'],
  ['a $${ b $ c $$ d } ${name}', 'a ${ b $ c $$ d } N'],
  ['${gateway.client_cert}|${clients["my client"].client_key}|${gateway.ca_cert}', 'cert-0|key-1|ca-0'],
])('%j becomes %j', (text, expected) => {
  expect(render(text, { ...VALUES, certificates: CERTIFICATES })).toBe(expected);
});

test('certificates that do not exist yet become ""', () => {
  expect(render('<${gateway.client_key}>')).toBe('<>');
});

test('references work at any depth; other values and keys stay as they are', () => {
  const source = JSON.parse(
    '{"${name}":[1,true,null,{"deep":["${name}"]}],"__proto__":{"x":"${name}"},"constructor":"${name}"}',
  );
  expect(JSON.stringify(renderContent(template(source), VALUES))).toBe(
    '{"${name}":[1,true,null,{"deep":["N"]}],"__proto__":{"x":"N"},"constructor":"N"}',
  );
});

test.each([
  ['${gateway.id}', false, false],
  ['${gateway.secret}', false, true],
  ['${gateway.client_cert}', true, false],
  ['${clients.gw.client_key}', true, true],
  ['${gateway.ca_cert}', true, false],
  ['secret', false, false],
])('%j: certificates %j, secrets %j', (text, usesCertificates, usesSecrets) => {
  expect(template({ text })).toMatchObject({ usesCertificates, usesSecrets });
});

test.each([
  ['${gateway.idd}', '${gateway.id}'],
  ['${chanels.data.id}', '${channels.data.id}'],
  ['${channels.datta.id}', '${channels.data.id}'],
  ['${clients["my clients"].id}', '${clients["my client"].id}'],
  ['${values.mqtt_ulr}', '${values.mqtt_url}'],
  ['${domainid}', '${domain.id}'],
])('%s is unknown; %s is close', (text, wanted) => {
  expect(compileContent({ a: [{ text }] }, SCOPE)).toMatchObject({
    ok: false,
    problems: [{ path: ['a', 0, 'text'], wanted }],
  });
});

test.each([
  '${',
  '${name',
  '${}',
  '${a b}',
  '${a..b}',
  '${clients[gw].id}',
  '${clients["x].id}',
  '${channels.export.id}',
  '${"name"}',
])('%s is refused', (text) => {
  expect(compileContent({ text }, SCOPE).ok).toBe(false);
});

describe('in the configuration', () => {
  const keys = (text: string, env: Record<string, string> = {}) =>
    problems(text, env).map(({ key, line }) => [key, line]);

  test('unknown references are problems with their lines, all at once', () => {
    const text = `[bootstrap.content]\na = "\${nme}"\n[bootstrap.content.b]\nc = ["x", "\${gateway.key}"]\n${LAYOUT}`;
    expect(keys(text)).toEqual([
      ['bootstrap.content.a', 2],
      ['bootstrap.content.b.c[1]', 4],
    ]);
    expect(keys(LAYOUT, { MG_PROVISION_BS_CONTENT: '{"a":{"b":"${nme}"}}' })).toEqual([
      ['MG_PROVISION_BS_CONTENT (a.b)', undefined],
    ]);
  });

  test('values come from [bootstrap.values] and MG_PROVISION_MQTT_URL, the file winning', () => {
    const text = `[bootstrap]\ncontent = { v = "\${values.site} \${values.n} \${values.mqtt_url}" }\n[bootstrap.values]\nsite = "s"\nn = 5\n`;
    const rendered = (more: string, env: Record<string, string>) =>
      renderContent(config(text + more + LAYOUT, env).layout.content!, VALUES)['v'];
    expect(rendered('', { MG_PROVISION_MQTT_URL: 'env' })).toBe('s 5 env');
    expect(rendered('mqtt_url = "file"\n', { MG_PROVISION_MQTT_URL: 'env' })).toBe('s 5 file');
    expect(keys(`[bootstrap.values]\nt = { a = 1 }\n${LAYOUT}`)).toEqual([['bootstrap.values.t', 2]]);
  });

  test('an empty MQTT address is told where it is used', () => {
    const told = (text: string) =>
      load(text + LAYOUT).warnings.some(({ key }) => key.startsWith('MG_PROVISION_MQTT_URL'));
    expect(told('')).toBe(true);
    expect(told('[bootstrap.content]\na = 1\n')).toBe(false);
    expect(told('[bootstrap]\nprovision = false\n')).toBe(false);
  });

  test('secrets in content are a note, certificates that are never issued a warning', () => {
    const of = (text: string, env = {}) =>
      load(`[bootstrap.content]\na = "${text}"\n${LAYOUT}`, env).warnings;
    expect(of('${gateway.secret}')).toMatchObject([{ key: 'bootstrap.content', severity: 'note' }]);
    expect(of('${gateway.client_cert}')).toMatchObject([{ key: 'bootstrap.content', severity: 'warning' }]);
    expect(of('${gateway.client_cert}', { MG_PROVISION_X509_PROVISIONING: 'true' })).toEqual([]);
  });

  test('secrets and certificates are refused in the render context', () => {
    const text = `[bootstrap]\nprofile_id = "p"\n[bootstrap.render_context]\nok = "\${gateway.id}"\nbad = ["\${gateway.secret}"]\nworse = "\${gateway.ca_cert}"\n${LAYOUT}`;
    expect(keys(text)).toEqual([
      ['bootstrap.render_context.bad[0]', 5],
      ['bootstrap.render_context.worse', 6],
    ]);
  });

  test('a profile takes the place of content; a render context needs one', () => {
    expect(config(`[bootstrap]\nprofile_id = "p"\n${LAYOUT}`).layout.content).toBeUndefined();
    expect(load(`[bootstrap]\nprofile_id = "p"\ncontent = { a = 1 }\n${LAYOUT}`).warnings).toMatchObject([
      { key: 'bootstrap.content' },
    ]);
    expect(
      load(`[bootstrap.content]\na = "\${name}"\n[bootstrap.render_context]\na = 1\n${LAYOUT}`).warnings,
    ).toMatchObject([{ key: 'bootstrap.render_context' }]);
  });

  test('the built-in content needs a control and a data channel', () => {
    const text = '[[channels]]\nname = "only"\n[channels.metadata]\ntype = "data"\n';
    expect(config(text).layout.content).toBeUndefined();
    expect(load(text).warnings).toContainEqual(
      expect.objectContaining({ key: 'channels', severity: 'warning' }),
    );
  });

  test('an empty table is content', () => {
    expect(config(`[bootstrap.content]\n${LAYOUT}`).layout.content?.source).toEqual({});
  });
});

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\0', '$', '{', '}', ' ') }),
);

test('whatever the values are, the JSON stays the same but for them', () => {
  fc.assert(
    fc.property(anyText, anyText, anyText, (externalId, name, secret) => {
      const clients = VALUES.clients.map((client) => ({ ...client, secret }));
      const source = { a: '${external_id}', b: { c: ['x${name}y'] }, d: '${gateway.secret}' };
      const text = JSON.stringify(renderContent(template(source), { ...VALUES, externalId, name, clients }));
      expect(JSON.parse(text)).toEqual({ a: externalId, b: { c: [`x${name}y`] }, d: secret });
    }),
  );
});

test('every layout name can be referred to', () => {
  const names = fc.uniqueArray(
    anyText.filter((name) => name !== '' && name.isWellFormed()),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(names, (clients) => {
      const scope = { ...SCOPE, clients };
      const values = {
        ...VALUES,
        clients: clients.map((name) => ({ id: `id of ${name}`, name, secret: '' })),
      };
      const source = Object.fromEntries(
        clients.map((name, i) => [`k${i}`, `\${clients[${JSON.stringify(name)}].id}`]),
      );
      expect(Object.values(renderContent(template(source, scope), values))).toEqual(
        clients.map((name) => `id of ${name}`),
      );
    }),
  );
});

test('any text either renders or is refused, and text without ${ is never touched', () => {
  const pieces = fc.constantFrom(
    '$',
    '{',
    '}',
    '${',
    '$${',
    '${name}',
    'name',
    '.',
    '[',
    '"',
    ']',
    "'",
    ' ',
    '\\',
  );
  fc.assert(
    fc.property(fc.string({ unit: pieces }), fc.jsonValue(), (text, json) => {
      const compiled = compileContent({ text }, SCOPE);
      if (compiled.ok) expect(typeof renderContent(compiled.template, VALUES)['text']).toBe('string');
      const plain = JSON.parse(JSON.stringify({ json }).replaceAll('${', '')) as Record<string, JsonValue>;
      expect(JSON.stringify(renderContent(template(plain), VALUES))).toBe(JSON.stringify(plain));
    }),
  );
});
