import { randomUUID } from 'node:crypto';
import { type Answer, type Sent, send } from './http.js';
import { type Service, type Target, openTarget } from './target.js';

/** A user of the test's own making. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** What most tests need: a domain, one who administers it, a stranger to it, and the platform's administrator. */
export interface Bench {
  readonly target: Target;
  readonly admin: string;
  readonly owner: Person;
  readonly stranger: Person;
  readonly domain: string;
  /** One request to a service; `{domain}` in the path is the bench's domain. */
  call(service: Service, method: string, path: string, sent?: Sent): Promise<Answer>;
  /** The same as the owner. */
  asOwner(service: Service, method: string, path: string, sent?: Sent): Promise<Answer>;
  newPerson(): Promise<Person>;
  newDomain(token: string): Promise<string>;
  /** Removes whatever this request removes when the tests are over. */
  later(service: Service, method: string, path: string, sent?: Sent): void;
  close(): Promise<void>;
}

export const fresh = (prefix: string) => `${prefix}-${randomUUID().slice(0, 13)}`;

/** Opens the target and makes what tests stand on; all names are fresh. */
export async function openBench(): Promise<Bench> {
  const target = await openTarget();
  const admin = (await logIn(target, target.admin)).access_token;
  const leftovers: (() => Promise<unknown>)[] = [];
  const later = (work: () => Promise<unknown>) => void leftovers.unshift(work);

  const newPerson = async (): Promise<Person> => {
    const person = await register(target, admin);
    later(() => send('DELETE', `${target.urls.users}/users/${person.id}`, { token: admin }));
    return person;
  };
  const newDomain = async (token: string): Promise<string> => {
    const json = { name: fresh('contract'), route: fresh('r') };
    const { id } = (await send('POST', `${target.urls.domains}/domains`, { token, json })).read<{
      id: string;
    }>();
    // Domains cannot be removed; a disabled one is out of the way.
    later(() => send('POST', `${target.urls.domains}/domains/${id}/disable`, { token: admin }));
    return id;
  };

  const owner = await newPerson();
  const stranger = await newPerson();
  const domain = await newDomain(owner.token);
  const call: Bench['call'] = (service, method, path, sent) =>
    send(method, `${target.urls[service]}${path.replace('{domain}', domain)}`, sent);
  return {
    target,
    admin,
    owner,
    stranger,
    domain,
    call,
    asOwner: (service, method, path, sent) => call(service, method, path, { token: owner.token, ...sent }),
    newPerson,
    newDomain,
    later: (service, method, path, sent) =>
      later(() => call(service, method, path, { token: admin, ...sent })),
    close: async () => {
      for (const work of leftovers) await work();
      await target.close();
    },
  };
}

interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

export async function logIn(target: Target, who: { username: string; password: string }): Promise<TokenPair> {
  const json = { username: who.username, password: who.password };
  return (await send('POST', `${target.urls.users}/users/tokens/issue`, { json })).read<TokenPair>();
}

async function register(target: Target, admin: string): Promise<Person> {
  const username = `u${randomUUID().slice(0, 13)}`;
  const email = `${username}@example.com`;
  const password = fresh('pass');
  const json = { first_name: 'Ana', last_name: 'Kos', email, credentials: { username, secret: password } };
  const answer = await send('POST', `${target.urls.users}/users`, { json, token: admin });
  if (answer.status !== 201) throw new Error(`cannot register a user: ${answer.status} ${answer.text}`);
  const { id } = answer.read<{ id: string }>();
  const { access_token: token, refresh_token: refreshToken } = await logIn(target, { username, password });
  return { id, username, email, password, token, refreshToken };
}
