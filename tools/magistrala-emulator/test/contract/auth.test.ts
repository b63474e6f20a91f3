import { verify, createPublicKey, randomUUID, type JsonWebKey } from 'node:crypto';
import { credentials, makeClientConstructor, type ServiceError, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authV1 } from '@org/proto';
import { type Bench, openBench } from './support/bench.js';
import { message } from './support/http.js';
import { newClient } from './support/things.js';

let bench: Bench;
let client: InstanceType<typeof authV1.AuthServiceClient>;
beforeAll(async () => {
  bench = await openBench();
  client = new authV1.AuthServiceClient(bench.target.authGrpc, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await bench.close();
});

type Outcome<T> = { readonly answer: T } | { readonly code: status };

function outcome<T>(
  call: (done: (error: ServiceError | null, answer: T) => void) => unknown,
): Promise<Outcome<T>> {
  return new Promise((resolve) =>
    call((error, answer) => resolve(error ? { code: error.code } : { answer })),
  );
}

const authenticate = (token: string) =>
  outcome<authV1.AuthNRes>((done) => client.authenticate({ token }, done));

const authorize = (policy: Partial<authV1.PolicyReq>, patReq?: authV1.PATReq) =>
  outcome<authV1.AuthZRes>((done) =>
    client.authorize({ policyReq: authV1.PolicyReq.fromPartial(policy), patReq }, done),
  );

describe('JWKS (wire §1.6)', () => {
  it('publishes the key that tokens are signed with, and lets it be cached', async () => {
    const answer = await bench.call('auth', 'GET', '/keys/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=900, stale-while-revalidate=60');
    const { keys } = answer.read<{ keys: (JsonWebKey & { kid: string })[] }>();
    expect(keys[0]).toMatchObject({ kty: 'OKP', alg: 'EdDSA', use: 'sig', crv: 'Ed25519' });
    const [head, body, signature] = bench.owner.token.split('.') as [string, string, string];
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ kid: keys[0]!.kid });
    const key = createPublicKey({ key: keys[0]!, format: 'jwk' });
    expect(verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  });
});

describe('API keys (wire §11.1)', () => {
  it('are issued with role 0, which every service refuses', async () => {
    const json = { type: 3, duration: 3600 };
    const issued = await bench.asOwner('auth', 'POST', '/keys', { json });
    expect(issued.status).toBe(201);
    const { value } = issued.read<{ value: string }>();
    const claims = JSON.parse(Buffer.from(value.split('.')[1]!, 'base64url').toString()) as object;
    expect(claims).toMatchObject({ role: 0, type: 3, verified: false });
    expect(await authenticate(value)).toEqual({ code: status.UNAUTHENTICATED });
    for (const [service, path] of [
      ['clients', '/{domain}/clients'],
      ['channels', '/{domain}/channels'],
      ['bootstrap', '/{domain}/clients/configs'],
      ['certs', '/{domain}/certs'],
    ] as const) {
      const answer = await bench.call(service, 'GET', path, { token: value });
      expect([answer.status, answer.text]).toStrictEqual([
        401,
        message('failed to perform authentication over the entity'),
      ]);
    }
  });

  it('end before they begin without a duration', async () => {
    const issued = await bench.asOwner('auth', 'POST', '/keys', { json: { type: 3 } });
    const { value } = issued.read<{ value: string }>();
    const claims = JSON.parse(Buffer.from(value.split('.')[1]!, 'base64url').toString()) as object;
    expect(claims).toMatchObject({ exp: -62135596800 });
  });
});

describe('gRPC (wire §1.8)', () => {
  it('says whom a token stands for', async () => {
    const { id, token } = bench.owner;
    expect(await authenticate(token)).toMatchObject({ answer: { userId: id, userRole: 1, tokenType: 0 } });
    expect(await authenticate(bench.admin)).toMatchObject({ answer: { userRole: 2 } });
    expect(await authenticate(bench.owner.refreshToken)).toMatchObject({
      answer: { userId: id, tokenType: 1 },
    });
  });

  it('knows no empty and no bad token', async () => {
    expect(await authenticate('')).toStrictEqual({ code: status.UNAUTHENTICATED });
    expect(await authenticate('nonsense')).toStrictEqual({ code: status.UNAUTHENTICATED });
  });

  it('tells members of a domain from strangers', async () => {
    const { domain, owner, stranger } = bench;
    const ask = (subject: string, permission = 'membership') =>
      authorize({ subjectType: 'user', subject, permission, objectType: 'domain', object: domain });
    expect(await ask(`${domain}_${owner.id}`)).toMatchObject({ answer: { authorized: true } });
    expect(await ask(`${domain}_${owner.id}`, 'admin')).toMatchObject({ answer: { authorized: true } });
    expect(await ask(`${domain}_${stranger.id}`)).toStrictEqual({ code: status.PERMISSION_DENIED });
    // Members are known by their id in the domain, not by their own.
    expect(await ask(owner.id)).toStrictEqual({ code: status.PERMISSION_DENIED });
  });

  it('lets the platform administrator into every domain', async () => {
    const { answer } = (await authenticate(bench.admin)) as { answer: authV1.AuthNRes };
    const subject = { subjectType: 'user', subject: answer.userId };
    const inDomain = { ...subject, permission: 'membership', objectType: 'domain', object: bench.domain };
    expect(await authorize(inDomain)).toMatchObject({ answer: { authorized: true } });
    const onPlatform = { ...subject, permission: 'admin', objectType: 'platform', object: 'magistrala' };
    expect(await authorize(onPlatform)).toMatchObject({ answer: { authorized: true } });
    expect(await authorize({ ...onPlatform, subject: bench.owner.id })).toStrictEqual({
      code: status.PERMISSION_DENIED,
    });
  });

  it('wants a subject, an object, and a permission that its schema knows', async () => {
    expect(await authorize({ permission: 'membership' })).toStrictEqual({ code: status.INVALID_ARGUMENT });
    const { domain, owner } = bench;
    const subject = { subjectType: 'user', subject: `${domain}_${owner.id}` };
    const permission = 'client_mend_permission';
    expect(await authorize({ ...subject, permission, objectType: 'domain', object: domain })).toStrictEqual({
      code: status.INVALID_ARGUMENT,
    });
  });

  it('judges rights on all clients of a domain, and on one, which no one has on one that is not there', async () => {
    const { domain, owner, stranger } = bench;
    const clientId = await newClient(bench);
    const ask = (userId: string, permission: string, object = domain) =>
      authorize({
        subjectType: 'user',
        subject: `${domain}_${userId}`,
        permission,
        objectType: object === domain ? 'domain' : 'client',
        object,
      });
    const denied = { code: status.PERMISSION_DENIED };
    for (const action of ['create', 'read', 'update', 'delete']) {
      expect(await ask(owner.id, `client_${action}_permission`)).toMatchObject({
        answer: { authorized: true },
      });
      expect(await ask(stranger.id, `client_${action}_permission`)).toStrictEqual(denied);
    }
    for (const action of ['read', 'update', 'delete']) {
      expect(await ask(owner.id, `${action}_permission`, clientId)).toMatchObject({
        answer: { authorized: true },
      });
      expect(await ask(stranger.id, `${action}_permission`, clientId)).toStrictEqual(denied);
      expect(await ask(owner.id, `${action}_permission`, randomUUID())).toStrictEqual(denied);
    }
  });

  it('serves the health check that other services make at their start', async () => {
    const Health = makeClientConstructor(healthService, 'Health');
    const health = new Health(bench.target.authGrpc, credentials.createInsecure());
    const check = health['check'] as unknown as (
      request: object,
      done: (error: ServiceError | null, answer: { status: string }) => void,
    ) => void;
    const checked = await outcome<{ status: string }>((done) =>
      check.call(health, { service: 'auth' }, done),
    );
    health.close();
    expect(checked).toMatchObject({ answer: { status: 'SERVING' } });
  });
});

describe('personal access tokens (wire §1.7)', () => {
  const newPat = async () => {
    const json = { name: 'contract', duration: '1h' };
    const answer = await bench.call('auth', 'POST', '/pats', { token: bench.owner.token, json });
    const { id, secret } = answer.read<{ id: string; secret: string }>();
    bench.later('auth', 'DELETE', `/pats/${id}`, { token: bench.owner.token });
    return { answer, id, secret };
  };

  it('has the documented shape, and stands for its user without a verified address', async () => {
    const { answer, id, secret } = await newPat();
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ user_id: bench.owner.id, name: 'contract' });
    const [prefix, ids, random] = [secret.slice(0, 4), secret.split('_')[1]!, secret.slice(-100)];
    expect(prefix).toBe('pat_');
    expect(Buffer.from(ids, 'base64')).toHaveLength(32);
    expect(random).toMatch(/^[A-Za-z0-9!@#$%^&*|+\-=]{100}$/);
    expect(await authenticate(secret)).toMatchObject({
      answer: { id, userId: bench.owner.id, tokenType: 4 },
    });
  });

  it('may do only what its scopes say', async () => {
    const { id, secret } = await newPat();
    const clientId = await newClient(bench);
    const view = () => bench.call('clients', 'GET', `/{domain}/clients/${clientId}`, { token: secret });
    expect((await view()).status).toBe(403);
    const scope = { domain_id: bench.domain, entity_type: 'clients', operation: 'view', entity_id: '*' };
    const added = await bench.call('auth', 'PATCH', `/pats/${id}/scope/add`, {
      token: bench.owner.token,
      json: { scopes: [scope] },
    });
    expect([added.status, added.text]).toStrictEqual([200, '']);
    expect((await view()).status).toBe(200);
    const patch = { token: secret, json: { name: 'x' } };
    expect((await bench.call('clients', 'PATCH', `/{domain}/clients/${clientId}`, patch)).status).toBe(403);
  });

  it('is judged by its scopes over gRPC too, before what its user may', async () => {
    const { id: patId, secret } = await newPat();
    const { domain, owner } = bench;
    const clientId = await newClient(bench);
    const ask = (operation: string, entityId = clientId) =>
      authorize(
        {
          subjectType: 'user',
          subject: `${domain}_${owner.id}`,
          permission: 'update_permission',
          objectType: 'client',
          object: clientId,
        },
        { patId, userId: owner.id, domain, entityType: 'clients', operation, entityId },
      );
    expect(await ask('update')).toStrictEqual({ code: status.PERMISSION_DENIED });
    const scope = { domain_id: domain, entity_type: 'clients', operation: 'update', entity_id: clientId };
    const added = await bench.call('auth', 'PATCH', `/pats/${patId}/scope/add`, {
      token: owner.token,
      json: { scopes: [scope] },
    });
    expect(added.status).toBe(200);
    expect(await ask('update')).toMatchObject({ answer: { authorized: true } });
    expect(await ask('delete')).toStrictEqual({ code: status.PERMISSION_DENIED });
    expect(await ask('update', '*')).toStrictEqual({ code: status.PERMISSION_DENIED });
    expect(await ask('update', '')).toStrictEqual({ code: status.INVALID_ARGUMENT });
    // A change of nothing asks for the same right over REST, and moves no more than the time of the change.
    const touch = { token: secret, json: {} };
    const path = `/{domain}/clients/${clientId}`;
    expect((await bench.call('clients', 'PATCH', path, touch)).json).toMatchObject({
      id: clientId,
      updated_by: owner.id,
    });
  });

  it('cannot make another', async () => {
    const { secret } = await newPat();
    const answer = await bench.call('auth', 'POST', '/pats', {
      token: secret,
      json: { name: 'x', duration: '1h' },
    });
    expect([answer.status, answer.text]).toStrictEqual([400, message('unsupported content token type')]);
  });

  it('is checked for no scope by the certs service', async () => {
    const { secret } = await newPat();
    expect((await bench.call('certs', 'GET', '/{domain}/certs', { token: secret })).status).toBe(200);
  });
});
