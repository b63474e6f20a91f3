import { execFileSync } from 'node:child_process';
import {
  type ServiceError,
  Metadata,
  Server,
  ServerCredentials,
  logVerbosity,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ProxySettings, Secret, isProvisionError } from '@org/domain';
import { ConnectProxy } from '@org/http-client/testing';
import { authV1 } from '@org/proto';
import { type Caller, createAuthClient, domainUserId, needsVerification } from '../../src/index.js';

// What it writes to the console is in the errors, too.
setLogVerbosity(logVerbosity.NONE);

const refuse = (code: status): ServiceError =>
  Object.assign(new Error('refused'), { code, details: 'refused', metadata: new Metadata() });

let authenticate: authV1.AuthServiceServer['authenticate'];
let authorize: authV1.AuthServiceServer['authorize'];
const health = new HealthImplementation();
const closers: (() => void)[] = [];
afterAll(() => closers.forEach((close) => close()));

beforeEach(() => {
  health.setStatus('auth', 'SERVING');
  authenticate = (_, callback) =>
    callback(null, { id: 't-1', userId: 'u-1', userRole: 1, verified: true, tokenType: 0 });
  authorize = (_, callback) => callback(null, { authorized: true, id: '' });
});

async function serve(credentials = ServerCredentials.createInsecure()): Promise<string> {
  const server = new Server();
  server.addService(authV1.AuthServiceService, {
    authenticate: (call, callback) => authenticate(call, callback),
    authorize: (call, callback) => authorize(call, callback),
  } satisfies authV1.AuthServiceServer);
  health.addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  closers.push(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

function clientFor(options: Parameters<typeof createAuthClient>[0]) {
  const client = createAuthClient(options);
  closers.push(() => client.close());
  return client;
}

const client = clientFor({ address: await serve(), timeoutMs: 60_000 });
const token = new Secret('t0ken');
const user: Caller = { userId: 'u-1', role: 'user', verified: true, tokenType: 'access' };
const code = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    (error: unknown) => (isProvisionError(error) ? `${error.kind} ${error.code}` : error),
  );

describe('authenticate', () => {
  it('says who calls', async () => {
    let sent = '';
    authenticate = (call, callback) => {
      sent = call.request.token;
      callback(null, { id: 'p-1', userId: 'u-2', userRole: 2, verified: false, tokenType: 4 });
    };
    expect(await client.authenticate(token)).toEqual({
      userId: 'u-2',
      patId: 'p-1',
      role: 'admin',
      verified: false,
      tokenType: 'personal_access_token',
    });
    expect(sent).toBe('t0ken');
  });

  it.each([1, 2, 5, 99])('refuses a token of type %i, which Magistrala would take', async (tokenType) => {
    authenticate = (_, callback) =>
      callback(null, { id: '', userId: 'u-1', userRole: 1, verified: true, tokenType });
    expect(await code(client.authenticate(token))).toBe('unauthenticated invalid_token');
  });

  it.each([
    [status.UNAUTHENTICATED, 'unauthenticated invalid_token'],
    [status.INVALID_ARGUMENT, 'invalid invalid_request'],
    [status.NOT_FOUND, 'not_found not_found'],
    [status.INTERNAL, 'unavailable auth_unavailable'],
    [status.UNAVAILABLE, 'unavailable auth_unavailable'],
  ])('tells status %i apart', async (grpcStatus, expected) => {
    authenticate = (_, callback) => callback(refuse(grpcStatus));
    expect(await code(client.authenticate(token))).toBe(expected);
  });

  it('does not wait longer than it may', async () => {
    authenticate = () => undefined;
    const hasty = clientFor({ address: await serve(), timeoutMs: 80 });
    expect(await code(hasty.authenticate(token))).toBe('unavailable auth_unavailable');
  });

  it('ends when the caller leaves', async () => {
    const leaving = new AbortController();
    authenticate = () => leaving.abort();
    expect(await code(client.authenticate(token, { signal: leaving.signal }))).toBe('unavailable aborted');
    expect(await code(client.authenticate(token, { signal: AbortSignal.abort() }))).toBe(
      'unavailable aborted',
    );
  });

  it('is unavailable when no one listens', async () => {
    expect(await code(clientFor({ address: '127.0.0.1:1' }).authenticate(token))).toBe(
      'unavailable auth_unavailable',
    );
  });
});

describe('isMember', () => {
  it('asks for membership under the name that permissions use', async () => {
    const asked: (authV1.PolicyReq | undefined)[] = [];
    authorize = (call, callback) => {
      asked.push(call.request.policyReq);
      callback(null, { authorized: true, id: '' });
    };
    expect(await client.isMember(user, 'd-1')).toBe(true);
    expect(await client.isMember({ ...user, role: 'admin' }, 'd-1')).toBe(true);
    const membership = { subjectType: 'user', permission: 'membership', objectType: 'domain', object: 'd-1' };
    expect(asked).toEqual([
      expect.objectContaining({ ...membership, subject: 'd-1_u-1' }),
      expect.objectContaining({ ...membership, subject: 'u-1' }),
    ]);
  });

  it('is false when refused in either way', async () => {
    authorize = (_, callback) => callback(refuse(status.PERMISSION_DENIED));
    expect(await client.isMember(user, 'd-1')).toBe(false);
    authorize = (_, callback) => callback(null, { authorized: false, id: '' });
    expect(await client.isMember(user, 'd-1')).toBe(false);
  });

  it('is an error, not "no", when the service fails', async () => {
    authorize = (_, callback) => callback(refuse(status.INTERNAL));
    expect(await code(client.isMember(user, 'd-1'))).toBe('unavailable auth_unavailable');
  });
});

describe('may', () => {
  const asked: authV1.AuthZReq[] = [];
  const policy = (permission: string, objectType: string, object: string) =>
    expect.objectContaining({ subject: 'd-1_u-1', permission, objectType, object });
  const pat = { ...user, tokenType: 'personal_access_token', patId: 'p-1' } as const;
  const scope = { patId: 'p-1', userId: 'u-1', domain: 'd-1', entityType: 'clients' };

  beforeEach(() => {
    asked.length = 0;
    authorize = (call, callback) => {
      asked.push(call.request);
      callback(null, { authorized: true, id: '' });
    };
  });

  it.each([
    ['list_configurations', 'membership', 'bootstrap', 'list'],
    ['create_clients', 'client_create_permission', 'clients', 'create_clients'],
    ['update_clients', 'client_update_permission', 'clients', 'update'],
    ['delete_clients', 'client_delete_permission', 'clients', 'delete'],
  ] as const)(
    '%s asks for %s on the domain, and a token for the scope',
    async (right, permission, entityType, operation) => {
      expect(await client.may(user, right, { domainId: 'd-1' })).toBe(true);
      expect(await client.may(pat, right, { domainId: 'd-1' })).toBe(true);
      const policyReq = policy(permission, 'domain', 'd-1');
      expect(asked).toEqual([
        { policyReq, patReq: undefined },
        { policyReq, patReq: { ...scope, entityType, operation, entityId: '*' } },
      ]);
    },
  );

  it('asks about the client first, and about all of the domain where that is refused', async () => {
    const onClient = {
      policyReq: policy('update_permission', 'client', 'c-1'),
      patReq: { ...scope, operation: 'update', entityId: 'c-1' },
    };
    expect(await client.may(pat, 'update_clients', { domainId: 'd-1', clientId: 'c-1' })).toBe(true);
    expect(asked).toEqual([onClient]);

    authorize = (call, callback) => {
      asked.push(call.request);
      callback(refuse(status.PERMISSION_DENIED));
    };
    expect(await client.may(pat, 'update_clients', { domainId: 'd-1', clientId: 'c-1' })).toBe(false);
    const onAll = {
      policyReq: policy('client_update_permission', 'domain', 'd-1'),
      patReq: { ...scope, operation: 'update', entityId: '*' },
    };
    expect(asked.slice(1)).toEqual([onClient, onAll]);
  });

  it('is an error, not "no", when the service fails', async () => {
    authorize = (_, callback) => callback(refuse(status.INTERNAL));
    const asking = client.may(user, 'delete_clients', { domainId: 'd-1' });
    expect(await code(asking)).toBe('unavailable auth_unavailable');
  });
});

describe('checkHealth', () => {
  it('wants the service called auth to serve', async () => {
    expect(await code(client.checkHealth())).toBe('answered');
    health.setStatus('auth', 'NOT_SERVING');
    expect(await code(client.checkHealth())).toBe('unavailable auth_unavailable');
  });
});

describe('TLS', () => {
  const pem = execFileSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -out - -days 2 -subj /CN=test'
      .split(' ')
      .concat('-addext', 'subjectAltName=IP:127.0.0.1,DNS:auth.internal'),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  ).toString();
  const cert = pem.slice(pem.indexOf('-----BEGIN CERTIFICATE'));
  const key = pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE'));
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };

  it('trusts the given CA, and shows its own certificate', async () => {
    const address = await serve(ServerCredentials.createSsl(Buffer.from(cert), [pair], true));
    const mutual = clientFor({ address, timeoutMs: 60_000, tls: { ca: cert, cert, key: new Secret(key) } });
    expect(await mutual.authenticate(token)).toEqual(user);
    const anonymous = clientFor({ address, timeoutMs: 60_000, tls: { ca: cert } });
    expect(await code(anonymous.authenticate(token))).toBe('unavailable auth_unavailable');
  });

  describe('and a proxy', () => {
    const through = (port: number): ProxySettings => ({
      proxy: { host: '127.0.0.1', port, credentials: new Secret('plant:pass'), from: 'https_proxy' },
      noProxy: [],
    });

    it('goes through it, which alone knows the name', async () => {
      const names = { 'auth.internal': '127.0.0.1' };
      const proxy = await ConnectProxy.start({ names, credentials: 'plant:pass' });
      closers.push(() => void proxy.close());
      const port = (await serve(ServerCredentials.createSsl(null, [pair]))).split(':')[1];
      const address = `auth.internal:${port}`;
      const proxies = through(proxy.port);
      const behind = clientFor({ address, timeoutMs: 60_000, tls: { ca: cert }, proxies });
      expect(await behind.authenticate(token)).toEqual(user);
      expect(proxy.asked).toEqual([address]);
    });

    it('says why the proxy does not lead there', async () => {
      const proxy = await ConnectProxy.start({ status: 403 });
      closers.push(() => void proxy.close());
      const proxies = through(proxy.port);
      const behind = clientFor({ address: 'auth.internal:7001', timeoutMs: 60_000, tls: {}, proxies });
      await expect(behind.authenticate(token)).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'auth_unavailable',
        cause: {
          code: 'proxy_refused',
          message: `The proxy http://127.0.0.1:${proxy.port} (https_proxy) refused to connect to auth.internal:7001 (status 403).`,
        },
      });
    });

    it('goes past it without TLS, and to this machine, whatever the environment says', async () => {
      const proxy = await ConnectProxy.start();
      closers.push(() => void proxy.close());
      const proxies = through(proxy.port);
      const before = { ...process.env };
      Object.assign(process.env, { http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' });
      try {
        const plain = clientFor({ address: await serve(), timeoutMs: 60_000, proxies });
        expect(await plain.authenticate(token)).toEqual(user);
        const address = await serve(ServerCredentials.createSsl(null, [pair]));
        const tls = clientFor({ address, timeoutMs: 60_000, tls: { ca: cert }, proxies });
        expect(await tls.authenticate(token)).toEqual(user);
      } finally {
        process.env = before;
      }
      expect(proxy.asked).toEqual([]);
    });
  });

  it("trusts the system's authorities only, where no CA is given", async () => {
    const address = await serve(ServerCredentials.createSsl(null, [pair]));
    const stranger = clientFor({ address, timeoutMs: 60_000, tls: {} }).authenticate(token);
    await expect(stranger).rejects.toMatchObject({
      code: 'auth_unavailable',
      cause: { details: expect.stringContaining('self-signed certificate') },
    });
  });
});

describe('a caller', () => {
  it('is named with the domain unless it is an administrator of the platform', () => {
    expect(domainUserId(user, 'd')).toBe('d_u-1');
    expect(domainUserId({ ...user, role: 'admin' }, 'd')).toBe('u-1');
  });

  it.each([
    [{}, false],
    [{ verified: false }, true],
    [{ verified: false, role: 'admin' }, false],
    [{ verified: false, tokenType: 'personal_access_token' }, false],
    [{ verified: false, tokenType: 'api_key' }, true],
  ] as const)('%j needs verification: %p', (changes, needs) =>
    expect(needsVerification({ ...user, ...changes })).toBe(needs),
  );
});
