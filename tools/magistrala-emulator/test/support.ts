import { type Emulator, type EmulatorOptions, startEmulator } from '../src/index.js';
import { type Answer, type Sent, send } from './contract/support/http.js';

/** An emulator with a domain and the administrator's token. */
export interface Started {
  readonly emulator: Emulator;
  readonly domain: string;
  readonly token: string;
  clients(method: string, path?: string, sent?: Sent): Promise<Answer>;
}

export async function start(options: EmulatorOptions = {}): Promise<Started> {
  const emulator = await startEmulator({ certKey: 'ec', ...options });
  const { id: domain } = emulator.addDomain();
  const token = await tokenOf(emulator, emulator.admin);
  const clients: Started['clients'] = (method, path = '', sent = {}) =>
    send(method, `${emulator.urls.clients}/${domain}/clients${path}`, { token, ...sent });
  return { emulator, domain, token, clients };
}

export async function tokenOf(
  emulator: Emulator,
  who: { username: string; password: string },
): Promise<string> {
  const json = { username: who.username, password: who.password };
  const answer = await send('POST', `${emulator.urls.users}/users/tokens/issue`, { json });
  return answer.read<{ access_token: string }>().access_token;
}
