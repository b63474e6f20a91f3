import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { type RunningApp, type World, agentLayout, openWorld, send, startApp } from './app.js';

/** Of the operator `ada`, who is named in the configuration. */
const ADA = 'ada-3f9c61b7d2';

let world: World;
let app: RunningApp;
beforeAll(async () => {
  world = await openWorld();
  const digest = createHash('sha256').update(ADA).digest('hex');
  app = await startApp(
    world.emulator,
    { MG_PROVISION_OPERATOR_TOKENS: `ada:${digest}`, MG_PROVISION_API_KEY: world.tokens.owner },
    agentLayout(),
  );
});
afterAll(async () => {
  await app.close();
  await world.close();
});

const items = [{ type: 'client' as const, id: 'c-1', reason: 'nobody can remove it' }];
const record = (runId: string, domainId = world.domainId) =>
  app.server.remnants.record({ runId, domainId, externalId: `AA:${runId}` }, items);
const list = async (query = '', token = world.tokens.owner) =>
  (await send(`${app.url}/${world.domainId}/leftovers${query}`, { method: 'GET', token })).body;
const acknowledge = (runId: string, token = world.tokens.owner, domainId = world.domainId) =>
  send(`${app.url}/${domainId}/leftovers/${runId}/acknowledge`, { token });
const audits = (runId: string) =>
  app.log
    .filter((line) => line.includes('remnants acknowledged'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ run }) => run === runId);

describe('remnants', () => {
  it('are listed beside leftovers until an operator acknowledges them', async () => {
    await record('run-1');
    const open = { run_id: 'run-1', external_id: 'AA:run-1', found_at: expect.any(String), items };
    expect(await list()).toEqual({
      total: 0,
      offset: 0,
      limit: 10,
      leftovers: [],
      remnants_total: 1,
      remnants: [open],
    });
    const acknowledged = {
      ...open,
      acknowledged_at: expect.any(String),
      acknowledged_by: world.owner.id,
    };
    expect(await acknowledge('run-1')).toMatchObject({ status: 200, body: acknowledged });
    expect(await list()).toMatchObject({ remnants_total: 0, remnants: [] });
    expect(await list('?acknowledged=true')).toMatchObject({ remnants_total: 1, remnants: [acknowledged] });
  });

  it('keep the first acknowledgement, and the log has every one', async () => {
    await record('run-2');
    const first = await acknowledge('run-2');
    const second = await acknowledge('run-2', ADA);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(audits('run-2')).toMatchObject([
      { by: world.owner.id, domain: world.domainId, external_id: 'AA:run-2', remnants: items },
      { by: 'operator:ada' },
    ]);
  });

  it('are acknowledged only by those who may delete clients of the domain', async () => {
    await record('run-3');
    for (const token of [world.tokens.reader, world.tokens.stranger])
      expect((await acknowledge('run-3', token)).status).toBe(403);
    expect((await acknowledge('run-3', 'no token')).status).toBe(401);
    expect(await list()).toMatchObject({ remnants: [{ run_id: 'run-3' }] });
    expect(audits('run-3')).toEqual([]);
    expect((await acknowledge('run-3', ADA)).body['acknowledged_by']).toBe('operator:ada');
  });

  it('of another domain are not there', async () => {
    await record('run-4', 'elsewhere');
    for (const runId of ['run-4', 'run-nobody-knows'])
      expect(await acknowledge(runId)).toMatchObject({ status: 404, body: { code: 'id_unknown' } });
    expect(await list('?acknowledged=true', ADA)).not.toMatchObject({
      remnants: expect.arrayContaining([expect.objectContaining({ run_id: 'run-4' })]),
    });
  });

  it('refuse fields and words that are not known', async () => {
    await record('run-5');
    const body = { note: 'done' };
    expect(
      await send(`${app.url}/${world.domainId}/leftovers/run-5/acknowledge`, {
        token: world.tokens.owner,
        body,
      }),
    ).toMatchObject({ status: 400, body: { code: 'unknown_field', field: 'note' } });
    expect(await list('?acknowledged=maybe')).toMatchObject({ field: 'acknowledged' });
  });
});
