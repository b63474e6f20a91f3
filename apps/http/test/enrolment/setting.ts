import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createCsr, keySigner, toPem } from '@org/x509';
import { type Answer, type RunningApp, send } from '../app.js';

/** Of the operator `ada`, who is named in the configuration. */
export const ADA = 'ada-7d1f0c5b9e';
export const DOMAIN = 'works';

/** Enrolment with the built-in authority, and one configured operator. */
export const enrolmentEnvironment = (more: Record<string, string> = {}): Record<string, string> => ({
  MG_PROVISION_CERTS_BACKEND: 'builtin',
  MG_PROVISION_VERIFICATION_URL: 'https://provision.example.com/enrol',
  MG_PROVISION_OPERATOR_TOKENS: `ada:${createHash('sha256').update(ADA).digest('hex')}`,
  ...more,
});

export interface Key {
  readonly privateKey: KeyObject;
  /** Lower-case hex SHA-256 of the SPKI. */
  readonly fingerprint: string;
  /** PKCS#10, PEM. */
  csr(commonName?: string): Promise<string>;
}

export function makeKey(kind: 'P-256' | 'RSA-2048' = 'P-256'): Key {
  const { privateKey, publicKey } =
    kind === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    privateKey,
    fingerprint: createHash('sha256').update(spki).digest('hex'),
    csr: async (commonName) =>
      toPem('CERTIFICATE REQUEST', await createCsr(keySigner(privateKey), { subject: { commonName } })),
  };
}

export interface Waiting {
  readonly key: Key;
  readonly code: string;
  readonly secret: string;
  poll(): Promise<Answer>;
  redeem(key?: Key): Promise<Answer>;
}

const FACTS = { model: 'Gateway 7', serial: 'SN-0042', hostname: 'press-4', address: '10.1.7.4' };

/** A device that has asked for its code. */
export async function begin(
  { url }: Pick<RunningApp, 'url'>,
  device: object = FACTS,
  key = makeKey(),
): Promise<Waiting> {
  const { status, body } = await send(`${url}/v1/enrolments`, { body: { csr: await key.csr(), device } });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  const { code, polling_secret: secret } = body as { code: string; polling_secret: string };
  const ask = (path: string, more: object) =>
    send(`${url}/v1/enrolments/${path}`, { body: { polling_secret: secret, ...more } });
  return {
    key,
    code,
    secret,
    poll: () => ask('poll', {}),
    redeem: async (other = key) => ask('redeem', { csr: await other.csr() }),
  };
}

/** What an operator does, as scripts would. */
export function operator({ url }: Pick<RunningApp, 'url'>, token: string = ADA, domainId = DOMAIN) {
  const post = (path: string, body?: object) =>
    send(`${url}/${domainId}/${path}`, { token, ...(body && { body }) });
  const get = (path: string) => send(`${url}/${domainId}/${path}`, { token, method: 'GET' });
  return {
    get,
    post,
    lookUp: (code: string) => post('enrolments/lookup', { code }),
    async approve(code: string, request: object = { name: 'press' }): Promise<Answer> {
      const { body } = await post('enrolments/lookup', { code });
      return post(`enrolments/${String(body['id'])}/approve`, request);
    },
  };
}
