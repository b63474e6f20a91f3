import { describe, expect, test } from '@jest/globals';
import { type Healthy, judge, judgeAnswer } from '../src/provisioning/judge.js';
import { type Things, existing, portrait, since } from '../src/provisioning/things.js';
import { ID, NONE, certificate, gateway } from './samples.js';

const healthy: Healthy = { things: gateway('gw-1', 10), portrait: portrait(gateway('gw-1', 10), 'gw-1') };
const found = gateway('gw-2', 20);

describe('what is left of a provisioning', () => {
  test('is complete when it differs from a healthy one in nothing but its ids', () => {
    expect(judge(found, 'gw-2', healthy)).toEqual({ end: 'complete', orphans: 0, duplicates: 0 });
  });

  test('is nothing when there is nothing', () => {
    expect(judge(NONE, 'gw-2', healthy)).toEqual({ end: 'nothing', orphans: 0, duplicates: 0 });
  });

  test.each<[string, Things, number]>([
    ['a channel alone', { ...NONE, channels: found.channels }, 1],
    ['a certificate alone', { ...NONE, certificates: found.certificates }, 1],
    ['no connection', { ...found, connections: [] }, 4],
    [
      'a configuration left disabled',
      { ...found, configs: [{ ...found.configs[0]!, status: 'disabled' }] },
      5,
    ],
    [
      "content with another gateway's secret",
      {
        ...found,
        configs: [{ ...found.configs[0]!, content: JSON.stringify({ client: ID(20), secret: ID(13) }) }],
      },
      5,
    ],
    ['a certificate of somebody else', { ...found, certificates: [certificate(ID(99), '20')] }, 5],
  ])('has orphans with %s', (_, things, orphans) => {
    expect(judge(things, 'gw-2', healthy)).toMatchObject({ end: 'broken', orphans, duplicates: 0 });
  });

  test('has duplicates when a gateway has two of a thing', () => {
    const twice = { ...found, certificates: [...found.certificates, certificate(ID(20), '21')] };
    expect(judge(twice, 'gw-2', healthy)).toMatchObject({ end: 'broken', orphans: 0, duplicates: 1 });
  });

  test('counts neither revoked certificates nor bindings that no one can remove', () => {
    const inventory = {
      ...NONE,
      profiles: [],
      certificates: [{ ...certificate(ID(20), '20'), revoked: true }],
      bindings: [
        {
          config_id: ID(22),
          domain_id: ID(0),
          slot: 'a',
          type: 'client',
          resource_id: ID(20),
          orphaned: true,
        },
      ],
    };
    expect(judge(existing(inventory), 'gw-2', healthy).end).toBe('nothing');
  });

  test('is told from what was there before', () => {
    const before = gateway('gw-1', 10);
    const now = Object.fromEntries(
      Object.keys(before).map((kind) => [
        kind,
        [...before[kind as keyof Things], ...found[kind as keyof Things]],
      ]),
    ) as unknown as Things;
    expect(since(before, now)).toEqual(found);
  });
});

describe('an answer', () => {
  const broken = { ...NONE, clients: found.clients };
  const seen = (things: Things) => ({ things, verdict: judge(things, 'gw-2', healthy) });
  const refused = { status: 503, body: { code: 'channels_failed' } };

  test('may say 201 only when the gateway is there', () => {
    const created = { status: 201, body: {} };
    expect(judgeAnswer(created, { ...seen(found), listed: [] })).toBeUndefined();
    expect(judgeAnswer(created, { ...seen(NONE), listed: [] })).toContain('nothing exists');
    expect(judgeAnswer(created, { ...seen(broken), listed: [] })).toContain('1 clients exist');
  });

  test('may say an error only when nothing is there that it does not list', () => {
    expect(judgeAnswer(refused, { ...seen(NONE), listed: [] })).toBeUndefined();
    expect(
      judgeAnswer(refused, { ...seen(broken), listed: [{ type: 'client', id: ID(20) }] }),
    ).toBeUndefined();
    expect(judgeAnswer(refused, { ...seen(broken), listed: [{ type: 'channel', id: ID(20) }] })).toContain(
      `client ${ID(20)}`,
    );
    expect(judgeAnswer(refused, { ...seen(found), listed: [] })).toContain('configuration');
  });
});
