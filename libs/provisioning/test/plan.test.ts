import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { sampleLayout, sampleRequest, sampleSettings } from '../src/testing/index.js';
import { checkRequest } from '../src/index.js';
import { makePlan } from '../src/plan/plan.js';

let count = 0;
const counting = { uuid: () => `id-${++count}` };
const plan = (settings = {}, request = {}) =>
  makePlan({
    domainId: 'plant',
    request: sampleRequest(request),
    layout: sampleLayout(),
    settings: { ...sampleSettings, ...settings },
    ids: counting,
  });

describe('makePlan', () => {
  it('is a plain value: JSON brings all of it back', () => {
    const made = plan({ x509: true });
    expect(JSON.parse(JSON.stringify(made))).toEqual(JSON.parse(JSON.stringify(made)));
    expect(
      new Set([made.runId, ...made.clients.map((it) => it.id), ...made.clients.map((it) => it.secret)]).size,
    ).toBe(3);
  });

  it('puts the external key into metadata only for who asked for that', () => {
    expect(JSON.stringify(plan().clients)).not.toContain('k-8f21');
    expect(plan({ externalKeyInMetadata: true }).clients[0]!.metadata).toMatchObject({
      external_key: 'k-8f21',
    });
  });

  it('gives the profile external id and name besides what the layout says', () => {
    expect(plan().configuration!.renderContext).toMatchObject({
      external_id: '33:52:77:99:43',
      name: 'press-7',
    });
  });
});

describe('checkRequest', () => {
  const layout = sampleLayout();
  const check = (more: object) => () => checkRequest(sampleRequest(more), layout);

  const lengths = (externalId: number, name: number) => ({
    externalId: 'x'.repeat(externalId),
    name: 'n'.repeat(name),
  });

  it.each([
    [1024, 1, 'external_id must have at most 1022 bytes'],
    [5000, 5000, 'external_id must have at most 1022 bytes'],
    [1022, 2, 'external_id must have at most 1021 bytes here'],
    [600, 424, 'external_id must have at most 599 bytes here'],
    [424, 600, 'name must have at most 599 bytes here'],
    [1, 1023, 'name must have at most 1008 bytes with this layout'],
  ])('says what is too long of %i bytes of external id and %i of name', (externalId, name, message) => {
    expect(check(lengths(externalId, name))).toThrow(message);
  });

  it('lets two parts pass that make a name together', () => {
    for (const [externalId, name] of [
      [1022, 1],
      [599, 424],
      [424, 599],
    ] as const)
      expect(check(lengths(externalId, name))).not.toThrow();
  });

  it.each([
    ['external_id', { externalId: 'a/b' }],
    ['external_id', { externalId: '..' }],
    ['external_id', { externalId: 'a\nb' }],
    ['external_id', { externalId: '\ud800' }],
    ['external_id', { externalId: 'x'.repeat(1023) }],
    ['external_key', { externalKey: new Secret('é'.repeat(37)) }],
    ['external_key', { externalKey: new Secret('a\r\nb') }],
    ['name', { name: 'n'.repeat(1024) }],
    ['name', { name: 'a\u001b[2Jb' }],
    ['name', { name: 'a\rb' }],
    ['name', { name: 'a\nb' }],
    ['name', { name: 'a\u009bb' }],
    ['name', { name: 'a\u202eb' }],
  ])('refuses a bad %s: %j', (field, more) => {
    expect(check(more)).toThrow(expect.objectContaining({ kind: 'invalid', details: { field } }));
  });

  it.each([
    { externalId: 'AA:BB:CC' },
    { externalKey: new Secret('é'.repeat(36)) },
    { name: 'n'.repeat(900) },
    { name: 'Łódź 東京 🏭' },
  ])('lets %j pass', (more) => expect(check(more)).not.toThrow());
});
