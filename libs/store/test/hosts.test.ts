import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { sampleMachine } from '@org/enrolment/testing';
import { openStore, type Store } from '../src/index.js';
import { breakableRoad } from './support/breakable-road.js';
import { newKey, newPostgresUrl } from './support/databases.js';
import { type SecondServer, startSecondServer } from './support/second-server.js';

const away = { kind: 'ambiguous', code: 'database_unavailable' };
const hostOf = (url: Secret): string => new URL(url.reveal()).host;

/** The same URL with these hosts. */
function withHosts(url: Secret, hosts: readonly string[], query = ''): Secret {
  const { username, password, pathname } = new URL(url.reveal());
  return new Secret(`postgres://${username}:${password}@${hosts.join(',')}${pathname}${query}`);
}

const open = (url: Secret, key = newKey()): Promise<Store> => openStore({ url, path: '', key });
const insert = (store: Store) => store.machines.insert(sampleMachine());

describe('a database on several hosts', () => {
  it('is reached on the next one when one does not answer, at the start and later', async () => {
    const url = await newPostgresUrl();
    const [one, two] = [await breakableRoad(url), await breakableRoad(url)];
    await one.close();
    const store = await open(withHosts(url, [hostOf(one.url), hostOf(two.url)]));
    expect(await insert(store)).toBe(true);
    await one.open();
    await two.close();
    // What breaks with it, if anything, is told; nothing has to be started anew.
    await insert(store).catch((error: unknown) => expect(error).toMatchObject(away));
    expect(await insert(store)).toBe(true);
    await store.close();
    await one.close();
  });

  it('is nowhere when none answers: each is named', async () => {
    const url = await newPostgresUrl();
    const roads = [await breakableRoad(url), await breakableRoad(url)];
    const hosts = roads.map((road) => hostOf(road.url));
    await Promise.all(roads.map((road) => road.close()));
    await expect(open(withHosts(url, hosts))).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        new RegExp(
          `^the database cannot be opened: ${hosts[0]}: .*ECONNREFUSED.*; ${hosts[1]}: .*ECONNREFUSED`,
        ),
      ),
    });
  });

  it('refuses a URL that wants a server for reading', async () => {
    const url = withHosts(await newPostgresUrl(), ['a', 'b'], '?target_session_attrs=standby');
    await expect(open(url)).rejects.toMatchObject({ kind: 'invalid', code: 'database_url_invalid' });
  });

  describe('of which one takes no writes', () => {
    let second: SecondServer;
    beforeAll(async () => {
      second = await startSecondServer();
    });
    afterAll(() => second.stop());

    it('leaves it, also in the middle, with all its connections, and is not led to it', async () => {
      const url = await newPostgresUrl();
      const database = new URL(url.reveal()).pathname.slice(1);
      await second.create(database);
      const key = newKey();
      // As a standby would have it.
      await (await open(url, key)).close();
      const hosts = [second.host, hostOf(url)];
      const store = await open(withHosts(url, hosts), key);
      await Promise.all(Array.from({ length: 10 }, () => insert(store)));
      await second.refuseWrites();

      await expect(insert(store)).rejects.toMatchObject(away);
      const more = await Promise.all(Array.from({ length: 10 }, () => insert(store)));
      expect(more).toEqual(more.map(() => true));
      await store.close();

      const later = await open(withHosts(url, hosts, '?target_session_attrs=read-write'), key);
      expect((await later.machines.countByState()).active).toBe(10);
      await later.close();
    });
  });
});
