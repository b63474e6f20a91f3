import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import type { Emulator } from '@org/magistrala-emulator';
import { createMagistrala } from '@org/magistrala-sdk';
import { request } from './support/http.js';

/** Tokens of everybody who may try something. */
export interface People {
  /** The owner's. */
  readonly domainId: string;
  /** Of someone else; the stranger is its administrator. */
  readonly otherDomainId: string;
  readonly owner: string;
  /** May look at what is in the domain, and no more. */
  readonly reader: string;
  /** A user of the platform who is no member of the owner's domain. */
  readonly stranger: string;
  /** A personal access token of the owner's without any scope. */
  readonly scopeless: string;
}

export async function addPeople(emulator: Emulator): Promise<People> {
  const [domain, other] = [emulator.addDomain(), emulator.addDomain()];
  const [owner, reader, stranger] = [emulator.addUser(), emulator.addUser(), emulator.addUser()];
  emulator.addMember(domain.id, owner.id, 'admin');
  emulator.addMember(domain.id, reader.id, 'reader');
  emulator.addMember(other.id, stranger.id, 'admin');
  const transport = createTransport();
  const { users } = createMagistrala({ urls: { users: emulator.urls.users }, transport });
  const signIn = async ({ username, password }: { username: string; password: string }) =>
    (await users.issueToken({ username, password: new Secret(password) })).accessToken.reveal();
  const [ownerToken, readerToken] = [await signIn(owner), await signIn(reader)];
  const strangerToken = await signIn(stranger);
  await transport.close();
  return {
    domainId: domain.id,
    otherDomainId: other.id,
    owner: ownerToken,
    reader: readerToken,
    stranger: strangerToken,
    scopeless: await scopelessToken(emulator, ownerToken),
  };
}

async function scopelessToken({ urls }: Emulator, token: string): Promise<string> {
  const body = JSON.stringify({ name: 'attack', duration: '1h' });
  const { text } = await request(`${urls.auth}/pats`, { token, body });
  return (JSON.parse(text) as { secret: string }).secret;
}
