import { type Emulator, signIn } from '@org/magistrala-emulator';
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
  const [ownerToken, readerToken] = [await signIn(emulator, owner), await signIn(emulator, reader)];
  return {
    domainId: domain.id,
    otherDomainId: other.id,
    owner: ownerToken,
    reader: readerToken,
    stranger: await signIn(emulator, stranger),
    scopeless: await scopelessToken(emulator, ownerToken),
  };
}

async function scopelessToken({ urls }: Emulator, token: string): Promise<string> {
  const body = JSON.stringify({ name: 'attack', duration: '1h' });
  const { text } = await request(`${urls.auth}/pats`, { token, body });
  return (JSON.parse(text) as { secret: string }).secret;
}
