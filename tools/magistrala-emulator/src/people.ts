import { type AddedUser, type Emulator, type EmulatorOptions } from './emulator.js';
import { startEmulator } from './start.js';

/** An emulator with a domain and users who may do more or less in it, each signed in. */
export interface PeopledEmulator {
  readonly emulator: Emulator;
  readonly domain: { readonly id: string };
  /** The domain's administrator. */
  readonly owner: AddedUser;
  /** Of the domain's administrator, a member, a member who may only look, a user who is none of it, the platform's administrator. */
  readonly tokens: Readonly<Record<'owner' | 'member' | 'reader' | 'stranger' | 'admin', string>>;
}

export async function startPeopledEmulator(options: EmulatorOptions = {}): Promise<PeopledEmulator> {
  const emulator = await startEmulator(options);
  const domain = emulator.addDomain();
  const [owner, member] = [emulator.addUser(), emulator.addUser()];
  const [reader, stranger] = [emulator.addUser(), emulator.addUser()];
  emulator.addMember(domain.id, owner.id, 'admin');
  emulator.addMember(domain.id, member.id, 'member');
  emulator.addMember(domain.id, reader.id, 'reader');
  const tokens = {
    owner: await signIn(emulator, owner),
    member: await signIn(emulator, member),
    reader: await signIn(emulator, reader),
    stranger: await signIn(emulator, stranger),
    admin: await signIn(emulator, emulator.admin),
  };
  return { emulator, domain, owner, tokens };
}

/** @returns an access token, as the users service issues it for a password */
export async function signIn(
  { urls }: Pick<Emulator, 'urls'>,
  { username, password }: Pick<AddedUser, 'username' | 'password'>,
): Promise<string> {
  const response = await fetch(`${urls.users}/users/tokens/issue`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  if (!response.ok)
    throw new Error(`${username} cannot sign in: ${response.status} ${await response.text()}`);
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}
