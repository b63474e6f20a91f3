import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_SETTINGS, addressPath } from '../../src/index.js';
import { networkPath } from '../../src/limits/address-path.js';
import { type Caps, type Load, whoMakesRoom } from '../../src/limits/room.js';
import { MemoryCodeStore, sampleRecord } from '../../src/testing/index.js';

const NOW = 1_790_000_000_000;

describe('addressPath', () => {
  it.each([
    ['192.0.2.1', '192.000.002.001'],
    ['::ffff:192.0.2.1', '192.000.002.001'],
    ['2001:DB8:1:2:3:4:5:6', '2001:0db8:0001:0002'],
    ['2001:db8::9', '2001:0db8:0000:0000'],
    ['::1', '0000:0000:0000:0000'],
    ['/run/agent.sock', '/run/agent.sock'],
    ['', ''],
  ])('of %s is %s', (address, path) => expect(addressPath(address)).toBe(path));
});

describe('networkPath', () => {
  it.each([
    ['192.0.2.1', '192.000.002.001'],
    ['192.0.2.0/24', '192.000.002'],
    ['10.0.0.0/8', '010'],
    ['2001:db8:1:2::9', '2001:0db8:0001:0002'],
    ['2001:db8:1:2::/64', '2001:0db8:0001:0002'],
    ['2001:db8:1:200::/56', '2001:0db8:0001:02'],
    ['2001:db8:1:20::/60', '2001:0db8:0001:002'],
    ['2001:db8::/32', '2001:0db8'],
    ['2000::/4', '2'],
  ])('of %s is %s', (text, path) => expect(networkPath(text)).toBe(path));

  it.each([
    '',
    'x',
    '192.0.2.0/20',
    '192.0.2.0/0',
    '2001:db8::/33',
    '2001:db8::/128',
    '10.0.0.0/',
    '10.0.0.0/-8',
  ])('refuses %p', (text) => expect(networkPath(text)).toBeUndefined());
});

/** A store that devices ask as they come; who waits, and who was refused or displaced. */
function gate(caps: Caps = DEFAULT_SETTINGS.pending) {
  const store = new MemoryCodeStore();
  let asked = 0;
  return {
    async ask(origin: string): Promise<'inserted' | 'full' | 'code_taken'> {
      const dueAt = NOW + 600_000 + ++asked;
      const record = sampleRecord({ origin, originPath: addressPath(origin), createdAt: NOW, dueAt });
      return (await store.insert(record, { now: NOW, caps })).outcome;
    },
    async waiting(origin: string): Promise<number> {
      const network = networkPath(origin)!;
      return (await store.listPending({ now: NOW, network, offset: 0, limit: 0 })).total;
    },
  };
}

const times = (count: number) => Array.from({ length: count }, (_, n) => n);
/** A tenth of the defaults, for speed. */
const CAPS: Caps = { overAll: 500, site: 200, network: 100, address: 50 };

describe('a flood', () => {
  it('from ten addresses lets everybody else in, and leaves them alone', async () => {
    const { ask, waiting } = gate(CAPS);
    for (const n of times(1_000)) await ask(`203.0.113.${n % 10}`);
    expect(await waiting('203.0.113.0/24')).toBe(500);
    for (const n of times(100)) expect(await ask(`198.51.${n}.1`)).toBe('inserted');
    for (const n of times(1_000)) await ask(`203.0.113.${n % 10}`);
    expect(await waiting('198.51.0.0/16')).toBe(100);
    expect(await waiting('203.0.113.0/24')).toBe(400);
  });

  it('from an IPv6 /60 is held by the /56 around it, and from a /44 by the sites within it', async () => {
    const { ask, waiting } = gate(CAPS);
    for (const n of times(2_000)) await ask(`2001:db8:1:${(n % 16).toString(16)}::1`);
    expect(await waiting('2001:db8:1::/56')).toBe(CAPS.network);
    for (const n of times(4_000)) await ask(`2001:db8:2:${(n % 4096).toString(16)}::1`);
    expect(await waiting('2001:db8:2::/48')).toBe(CAPS.site);
  });

  it('from a provider-sized network leaves the others their share, and lets newcomers in', async () => {
    const { ask, waiting } = gate(CAPS);
    for (const _ of times(50)) await ask('192.0.2.1');
    for (const n of times(3_000)) await ask(`2001:db8:${n.toString(16)}::1`);
    expect(await waiting('192.0.2.1')).toBe(50);
    expect(await waiting('2001:db8::/32')).toBe(450);
    expect(await ask('198.51.100.1')).toBe('inserted');
    for (const n of times(3_000)) await ask(`2001:db8:${n.toString(16)}::2`);
    expect(await waiting('198.51.100.1')).toBe(1);
  });

  it('from as many networks as there are places lets newcomers in all the same', async () => {
    const { ask } = gate({ ...CAPS, overAll: 50 });
    for (const n of times(200)) await ask(`${n + 1}.0.0.1`);
    expect(await ask('250.0.0.1')).toBe('inserted');
    // But no one takes a second place from who has one.
    expect(await ask('250.0.0.1')).toBe('full');
  });

  it('in the own /16 leaves an address its share of that', async () => {
    const { ask, waiting } = gate({ ...CAPS, overAll: 40 });
    for (const n of times(400)) await ask(`192.0.${n % 200}.1`);
    for (const _ of times(10)) await ask('192.0.250.9');
    expect(await waiting('192.0.250.9')).toBe(1);
  });
});

describe('whoMakesRoom', () => {
  const address = fc
    .tuple(fc.constantFrom(10, 192), fc.nat(3), fc.nat(3), fc.nat(3))
    .map((parts) => parts.join('.'));
  const loads = fc
    .uniqueArray(fc.record({ origin: address, count: fc.integer({ min: 1, max: 5 }), end: fc.nat(9) }), {
      selector: ({ origin }) => origin,
      minLength: 1,
      maxLength: 30,
    })
    .map((all) => all.map(({ origin, ...load }): Load => ({ ...load, path: addressPath(origin) })));
  const within = (all: readonly Load[], network: string) =>
    all.filter(({ path }) => path.startsWith(network)).reduce((sum, { count }) => sum + count, 0);

  it('never asks the newcomer for room, nor anybody lighter than he would be', () => {
    fc.assert(
      fc.property(loads, address, (all, origin) => {
        const newcomer = addressPath(origin);
        const path = whoMakesRoom(all, newcomer, '');
        if (path === undefined) return;
        expect(path).not.toBe(newcomer);
        const fork = [3, 7, 11, 15].find((length) => path.slice(0, length) !== newcomer.slice(0, length))!;
        const [theirs, own] = [path, newcomer].map((each) => within(all, each.slice(0, fork)));
        expect(own === 0 || theirs! >= own! + 2).toBe(true);
      }),
    );
  });

  it('refuses no one of whose address nothing waits where another has two', () => {
    fc.assert(
      fc.property(loads, address, (all, origin) => {
        const newcomer = addressPath(origin);
        const isNew = !all.some(({ path }) => path.startsWith(newcomer.slice(0, 3)));
        if (isNew) expect(whoMakesRoom(all, newcomer, '')).toBeDefined();
      }),
    );
  });
});
