import { generateKeyPairSync } from 'node:crypto';
import { createCsr, keySigner, toPem } from '@org/x509';
import type { Stage } from '../stage.js';
import { type Answer, type RequestOptions, request } from './http.js';

/** A key that no one has asked with yet. @returns its request, PEM */
export async function newRequest(
  subject: { readonly commonName?: string } = {},
  dns: string[] = [],
): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const csr = await createCsr(keySigner(privateKey), { subject, ...(dns.length > 0 && { names: { dns } }) });
  return toPem('CERTIFICATE REQUEST', csr);
}

/** How a device comes in. */
export type Origin = Pick<RequestOptions, 'from' | 'headers'>;

/** Asks for a code. */
export const begin = (
  { http }: Pick<Stage, 'http'>,
  { csr, device = {}, ...origin }: { readonly csr: string; readonly device?: object } & Origin,
): Promise<Answer> =>
  request(`${http.url}/v1/enrolments`, { body: JSON.stringify({ csr, device }), ...origin });

export interface Begun {
  readonly code: string;
  readonly secret: string;
}

export function begunOf({ text }: Answer): Begun {
  const { code, polling_secret: secret } = JSON.parse(text) as { code: string; polling_secret: string };
  return { code, secret };
}

/** What an enrolment has come to: `pending`, `approved`; of one that is gone, the code of the refusal. */
export async function stateOf({ http }: Pick<Stage, 'http'>, secret: string): Promise<string> {
  const body = JSON.stringify({ polling_secret: secret });
  const { text } = await request(`${http.url}/v1/enrolments/poll`, { body });
  const { state, code } = JSON.parse(text) as { state?: string; code?: string };
  return state ?? code ?? 'nothing';
}

/** An operator's request in a domain. */
export const ask = (
  { http, domainId }: Pick<Stage, 'http' | 'domainId'>,
  { path, token, body }: { readonly path: string; readonly token: string; readonly body?: object },
): Promise<Answer> =>
  request(`${http.url}/${domainId}/${path}`, { token, ...(body && { body: JSON.stringify(body) }) });

/** Looks a code up and approves it. @returns the answer to the approval */
export async function approve(stage: Stage, code: string, name = 'press'): Promise<Answer> {
  const { owner: token } = stage.people;
  const found = await ask(stage, { path: 'enrolments/lookup', token, body: { code } });
  const { id } = JSON.parse(found.text) as { id: string };
  return ask(stage, { path: `enrolments/${id}/approve`, token, body: { name } });
}
