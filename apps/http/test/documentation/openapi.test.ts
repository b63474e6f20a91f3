import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type RunningApp, type World, gateway, openWorld, send, startApp } from '../app.js';
import { enrolmentEnvironment } from '../enrolment/setting.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

let world: World;
let app: RunningApp;
let document: OpenAPIObject;
const schemas = () => document.components!.schemas as Record<string, Schema>;
beforeAll(async () => {
  world = await openWorld();
  app = await startApp(world.emulator, enrolmentEnvironment());
  document = (await send(`${app.url}/openapi.json`, { method: 'GET' })).body as unknown as OpenAPIObject;
});
afterAll(async () => {
  await app.close();
  await world.close();
});

/** Whether a text fits its schema, as a validator of JSON Schema would judge. */
const fits = ({ minLength = 0, maxLength = Infinity, pattern = '' }: Schema, text: string): boolean =>
  [...text].length >= minLength && [...text].length <= maxLength && new RegExp(pattern, 'u').test(text);

describe('the description of requests', () => {
  it.each([
    ['external_id', ['', 'a/b', '.', '..', 'a\nb', 'x'.repeat(1023), 'a\u202eb']],
    ['external_key', ['', 'k'.repeat(73), 'a\rb']],
    ['name', ['', 'n'.repeat(1023), 'a\u001bb']],
  ])('says what is refused of %s, and the service refuses it', async (field, texts) => {
    const url = `${app.url}/${world.domainId}/mapping`;
    for (const text of texts) {
      for (const dto of ['ProvisionRequestDto', 'ApproveDto'])
        expect({ dto, text, fits: fits(schemas()[dto]!.properties![field]!, text) }).toEqual({
          dto,
          text,
          fits: false,
        });
      const { status } = await send(url, {
        token: world.tokens.owner,
        body: { ...gateway(), [field]: text },
      });
      expect([400, 401]).toContain(status);
    }
  });

  it('lets pass what the service accepts', async () => {
    const wanted = { ...gateway(), name: 'Łódź 東京 🏭', external_key: 'k'.repeat(72) };
    for (const [field, text] of Object.entries(wanted))
      expect(fits(schemas()['ProvisionRequestDto']!.properties![field]!, text)).toBe(true);
    const url = `${app.url}/${world.domainId}/mapping`;
    expect((await send(url, { token: world.tokens.owner, body: wanted })).status).toBe(201);
    for (const code of ['BCDF-GHJK', 'bcdf ghjk', 'AB12CD', ' b-c-d-f-g-h-j-k '])
      expect(fits(schemas()['LookUpDto']!.properties!['code']!, code)).toBe(true);
    for (const ttl of ['720h', '1h30m', '1.5h'])
      expect(fits(schemas()['CertRequestDto']!.properties!['ttl']!, ttl)).toBe(true);
    for (const ttl of ['soon', '1d', '-1h'])
      expect(fits(schemas()['CertRequestDto']!.properties!['ttl']!, ttl)).toBe(false);
  });

  it('says of every text that a request must have that it is not empty', () => {
    const operations = Object.values(document.paths).flatMap(({ post }) => (post ? [post] : []));
    const bodies = operations.flatMap(({ requestBody }) => {
      const content =
        requestBody && 'content' in requestBody ? requestBody.content['application/json'] : undefined;
      return content ? [(content.schema as Schema).$ref!.split('/').at(-1)!] : [];
    });
    expect(new Set(bodies).size).toBeGreaterThanOrEqual(7);
    for (const name of bodies)
      for (const field of schemas()[name]!.required ?? []) {
        const property = schemas()[name]!.properties![field]!;
        if (property.type !== 'string' || property.enum) continue;
        expect({ name, field, empty: fits(property, '') }).toEqual({ name, field, empty: false });
      }
  });

  it('says what an id in an address may be', () => {
    for (const [path, { get, post }] of Object.entries(document.paths))
      for (const { parameters = [] } of [get, post].filter((it) => it !== undefined))
        for (const parameter of parameters as { name: string; in: string; schema: Schema }[])
          if (parameter.in === 'path')
            expect({ path, ...parameter.schema }).toMatchObject({
              maxLength: 128,
              pattern: expect.any(String),
            });
  });
});

describe('the description of answers', () => {
  it('names what a mapping consists of', async () => {
    const url = `${app.url}/${world.domainId}/mapping`;
    const { body } = await send(url, { token: world.tokens.owner, body: gateway() });
    const { properties } = schemas()['ProvisionResponseDto']!;
    for (const list of ['clients', 'channels']) {
      const entity = properties![list]!.items!;
      const [made] = body[list] as Record<string, unknown>[];
      expect(Object.keys(entity.properties!)).toEqual(expect.arrayContaining(Object.keys(made!)));
      expect(Object.keys(made!)).toEqual(expect.arrayContaining([...entity.required!]));
    }
    const { responses } = document.paths['/{domainID}/mapping']!.get!;
    const content = (responses['200'] as { content: Record<string, { schema: Schema }> }).content;
    expect(content['application/json']!.schema).toMatchObject({ type: 'object', nullable: true });
  });

  it("says of EST's refusals that they are text", () => {
    const est = Object.entries(document.paths).filter(([path]) => path.startsWith('/.well-known/est/'));
    expect(est).toHaveLength(8);
    for (const [path, { get, post }] of est)
      for (const [status, response] of Object.entries((get ?? post)!.responses))
        if (Number(status) >= 400)
          expect({ path, status, types: Object.keys((response as { content: object }).content) }).toEqual({
            path,
            status,
            types: ['text/plain'],
          });
  });
});
