import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type RunningApp, type World, gateway, openWorld, send, startApp } from '../app.js';
import { ADA, DOMAIN, enrolmentEnvironment } from '../enrolment/setting.js';

let world: World;
let app: RunningApp;
/** Without a platform, where the token of one operator opens every route. */
let alone: RunningApp;
beforeAll(async () => {
  world = await openWorld();
  app = await startApp(world.emulator, enrolmentEnvironment());
  alone = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_LEGACY_DEVICES: 'true' }));
});
afterAll(async () => {
  await app.close();
  await alone.close();
  await world.close();
});

/** Wires that say themselves what becomes of names that no one knows, and a page, whose address may hold anything. */
const OF_OTHERS = /^\/(\.well-known\/est|v1\/ping|v1\/provisioning|cert-sign|enrol($|\/))/;

interface Route {
  readonly method: string;
  readonly path: string;
  readonly takesJson: boolean;
}

async function routes(): Promise<Route[]> {
  const { body } = await send(`${alone.url}/openapi.json`, { method: 'GET' });
  const paths = body['paths'] as Record<string, Record<string, { requestBody?: { content: object } }>>;
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path: path.replace('{domainID}', DOMAIN).replaceAll(/\{\w+\}/g, 'x'),
      takesJson: requestBody !== undefined && 'application/json' in requestBody.content,
    })),
  );
}

describe('a query parameter that no one knows', () => {
  it('is refused by every route of the API, and names itself', async () => {
    for (const { method, path } of (await routes()).filter((it) => !OF_OTHERS.test(it.path))) {
      const answer = await send(`${alone.url}${path}?serial=SN-1`, { method, token: ADA });
      expect({ method, path, ...answer }).toMatchObject({
        status: 400,
        body: {
          code: 'unknown_query_parameter',
          field: 'serial',
          message: expect.stringContaining('unknown query parameter "serial"'),
        },
      });
    }
  });

  it('is left alone by the wires of others, and by the page', async () => {
    for (const path of ['/.well-known/est/cacerts', '/v1/ping', '/enrol'])
      expect((await send(`${alone.url}${path}?from=mail`, { method: 'GET' })).status).toBe(200);
  });

  it('comes with the one that was probably meant, or all that there are', async () => {
    const list = (query: string) =>
      send(`${alone.url}/${DOMAIN}/machines?${query}`, { method: 'GET', token: ADA });
    expect((await list('ofset=10')).body).toMatchObject({ field: 'ofset', nearest: 'offset' });
    expect((await list('State=active')).body['message']).toContain('did you mean "state"?');
    expect((await list('serial=1')).body['message']).toMatch(/known are .*state.*offset.*limit|known are/);
    expect((await list('state=active&limit=5')).status).toBe(200);
    const none = await send(`${alone.url}/health?x=1`, { method: 'GET' });
    expect(none.body['message']).toBe('unknown query parameter "x"; this call takes none');
  });

  it('is shown in part only, and commands no terminal', async () => {
    const name = `${'x'.repeat(60)}\u001b[2J${'y'.repeat(5000)}`;
    const { body } = await send(`${alone.url}/health?${encodeURIComponent(name)}`, { method: 'GET' });
    expect(body['field']).toBe(`${'x'.repeat(60)}\\u001b[2J`);
    expect(String(body['message']).length).toBeLessThan(200);
  });

  it('is not looked at before the caller is known', async () => {
    const { status } = await send(`${alone.url}/${DOMAIN}/machines?serial=1`, { method: 'GET' });
    expect(status).toBe(401);
  });
});

describe('a field of a body that no one knows', () => {
  it('is refused by every route that takes JSON, and by those that take nothing', async () => {
    const posts = (await routes()).filter(({ method, path }) => method === 'POST' && !OF_OTHERS.test(path));
    const json = posts.filter(({ path, takesJson }) => takesJson || /(deny|reissue|acknowledge)$/.test(path));
    expect(json).toHaveLength(12);
    for (const { path } of json) {
      const answer = await send(`${alone.url}${path}`, { token: ADA, body: { dry_run: true } });
      expect({ path, ...answer }).toMatchObject({
        status: 400,
        body: { code: 'unknown_field', field: 'dry_run' },
      });
    }
  });

  it('names its place, and the field that was probably meant', async () => {
    const device = { modle: 'Gateway 7' };
    const begun = await send(`${alone.url}/v1/enrolments`, { body: { csr: 'x', device } });
    expect(begun.body).toMatchObject({ field: 'device.modle', nearest: 'device.model' });
  });

  it('provisions nothing, whatever else is asked for', async () => {
    const url = `${app.url}/${world.domainId}/mapping`;
    for (const more of [{ layout: 'nope' }, { dry_run: true }, { layout: 'nope', dry_run: true }]) {
      const answer = await send(url, { token: world.tokens.owner, body: { ...gateway(), ...more } });
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'unknown_field', field: Object.keys(more)[0] },
      });
    }
    expect(world.emulator.inventory(world.domainId).clients).toEqual([]);
  });

  it("is not one of Magistrala's Provision service in other letters, as its scripts may write them", async () => {
    const { name, external_id, external_key } = gateway();
    const body = { Name: name, External_ID: external_id, EXTERNAL_KEY: external_key };
    const made = await send(`${app.url}/${world.domainId}/mapping`, { token: world.tokens.owner, body });
    expect(made.status).toBe(201);
    const [client] = made.body['clients'] as { id: string }[];
    const cert = { Client_ID: client!.id, TTL: '2h' };
    const issued = await send(`${app.url}/${world.domainId}/cert`, { token: world.tokens.owner, body: cert });
    expect(issued.status).toBe(201);
  });

  it('is left out on the wire of legacy devices', async () => {
    const body = { csr: 'x', machine_id: 'm', request_type: 'Provision', labels: {} };
    const { body: answer } = await send(`${alone.url}/cert-sign`, { body });
    expect(answer['errorCode']).not.toBe('unknown_field');
  });
});

describe('a domain that the platform does not know', () => {
  it('is named by the error, and nothing is left of the attempt', async () => {
    const domain = randomUUID();
    const answer = await send(`${app.url}/${domain}/mapping`, { token: world.tokens.owner, body: gateway() });
    expect(answer).toMatchObject({
      status: 404,
      body: {
        code: 'domain_unknown',
        message: `there is no domain ${domain} on the platform`,
        step: 'clients',
        leftovers: [],
      },
    });
  });
});
