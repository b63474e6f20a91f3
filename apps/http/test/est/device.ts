import { execFileSync } from 'node:child_process';
import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { type ParsedCertificate, createCsr, keySigner, readCertificateBundle, toPem } from '@org/x509';
import { assertDescribed } from '../described.js';
import { type RunningApp, type World, agentLayout, openWorld, startApp } from '../app.js';

export const ENROLL = '/.well-known/est/simpleenroll';
export const REENROLL = '/.well-known/est/simplereenroll';

export interface EstWorld {
  readonly app: RunningApp;
  readonly world: World;
  close(): Promise<void>;
}

export const BUILTIN = { MG_PROVISION_CERTS_BACKEND: 'builtin' };

/** The app over TLS, with a certificate of its own authority. */
export async function openEst(): Promise<EstWorld> {
  const world = await openWorld();
  const env = { ...BUILTIN, MG_PROVISION_HTTP_TLS: 'builtin' };
  const app = await startApp(world.emulator, env, agentLayout());
  return {
    app,
    world,
    async close() {
      await app.close();
      await world.close();
    },
  };
}

export const aKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** DER. */
export const csrFor = (key: KeyObject, commonName = 'whoever'): Promise<Buffer> =>
  createCsr(keySigner(key), { subject: { commonName } });

export interface Waiting {
  readonly key: KeyObject;
  /** DER. */
  readonly csr: Buffer;
  readonly enrolmentId: string;
  /** Of HTTP Basic authentication. */
  readonly authorization: string;
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export const basic = (user: string, password: string): string =>
  `Basic ${base64(Buffer.from(`${user}:${password}`))}`;

/** A device that has asked for its code. */
export async function begin({ app }: EstWorld): Promise<Waiting> {
  const key = aKey();
  const csr = await csrFor(key);
  const { id, code, pollingSecret } = await app.server.enrolments!.begin({
    csr,
    device: {},
    origin: '127.0.0.1',
  });
  return { key, csr, enrolmentId: id, authorization: basic(code.reveal(), pollingSecret.reveal()) };
}

/** What an operator does about it. */
export async function decide(
  { app, world }: EstWorld,
  { enrolmentId }: Waiting,
  decision: 'approve' | 'deny',
): Promise<void> {
  const response = await ask(app, `/${world.domainId}/enrolments/${enrolmentId}/${decision}`, {
    headers: { authorization: `Bearer ${world.tokens.owner}`, 'content-type': 'application/json' },
    body: decision === 'approve' ? '{"name":"press"}' : '{}',
  });
  if (response.status !== 200) throw new Error(response.body);
}

export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Name and value in turns, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** One request over TLS: a GET, or a POST where there is a body. */
export async function ask(
  { url, server }: RunningApp,
  path: string,
  {
    body,
    ...options
  }: Pick<RequestOptions, 'cert' | 'key' | 'headers'> & { body?: string | Uint8Array } = {},
): Promise<Response> {
  const method = body === undefined ? 'GET' : 'POST';
  const ca = server.authority!.servedPem();
  const answer = await new Promise<Response>((resolve, reject) => {
    const asking = request(`${url}${path}`, { method, ca, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode, headers, rawHeaders } = response;
        resolve({ status: statusCode!, headers, rawHeaders, body: Buffer.concat(parts).toString() });
      });
    });
    asking.on('error', reject);
    asking.end(body);
  });
  await assertDescribed(`${url}${path}`, { method, status: answer.status });
  return answer;
}

/** @param input base64, as in an answer */
export const openssl = (input: string, ...args: readonly string[]): string =>
  execFileSync('openssl', args, { input: Buffer.from(input, 'base64'), encoding: 'utf8', stdio: 'pipe' });

/** What openssl finds in an answer. */
export const certificatesIn = ({ body }: Response): ParsedCertificate[] =>
  readCertificateBundle(openssl(body, 'pkcs7', '-inform', 'DER', '-print_certs'));

/** For a client of TLS. @param certificate DER */
export const credentialsOf = (key: KeyObject, certificate: Uint8Array) => ({
  cert: toPem('CERTIFICATE', certificate),
  key: key.export({ type: 'pkcs8', format: 'pem' }),
});

/** A device with its certificate. */
export async function enrolled(est: EstWorld) {
  const device = await begin(est);
  await decide(est, device, 'approve');
  const { csr, authorization, key } = device;
  const answer = await ask(est.app, ENROLL, { body: base64(csr), headers: { authorization } });
  const [certificate] = certificatesIn(answer);
  const credentials = credentialsOf(key, certificate!.der);
  return { ...device, answer, certificate: certificate!, credentials };
}
