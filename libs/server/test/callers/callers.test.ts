import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { signIn } from '@org/magistrala-emulator';
import { type RunningServer, openWorld, startServer } from '../world.js';

let world: Awaited<ReturnType<typeof openWorld>>;
const servers = new Map<string, RunningServer>();

beforeAll(async () => {
  world = await openWorld();
  const jwks = `${world.emulator.urls.auth}/keys/.well-known/jwks.json`;
  servers.set('gRPC', await startServer(world.emulator));
  servers.set(
    'JWKS',
    await startServer(world.emulator, { MG_AUTH_GRPC_URL: '', MG_PROVISION_JWKS_URL: jwks }),
  );
  servers.set('the platform itself', await startServer(world.emulator, { MG_AUTH_GRPC_URL: '' }));
});
afterAll(async () => {
  for (const server of servers.values()) await server.close();
  await world.close();
});

describe.each(['gRPC', 'JWKS', 'the platform itself'])('callers judged by %s', (judge) => {
  const callers = () => servers.get(judge)!.server.callers;
  const member = async (token: Secret, domainId = world.domain.id) =>
    void (await callers().member({ token, domainId }));

  it('lets members and platform administrators in', async () => {
    await expect(member(world.tokens.owner)).resolves.toBeUndefined();
    await expect(member(world.tokens.admin)).resolves.toBeUndefined();
  });

  it('keeps strangers out, and everybody out of domains that do not exist', async () => {
    await expect(member(world.tokens.stranger)).rejects.toMatchObject({ kind: 'forbidden' });
    const nowhere = '00000000-0000-4000-8000-000000000000';
    await expect(member(world.tokens.owner, nowhere)).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it('refuses tokens that are none, in the words of the wire', async () => {
    const refusal = { kind: 'unauthenticated', message: 'failed to perform authentication over the entity' };
    for (const text of ['nonsense', 'a.b.c', 'pat_nonsense'])
      await expect(member(new Secret(text))).rejects.toMatchObject(refusal);
  });

  it('refuses a refresh token, which Magistrala itself would take', async () => {
    const { username, password } = world.owner;
    const { refreshToken } = await world.users.issueToken({ username, password: new Secret(password) });
    await expect(member(refreshToken)).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(callers().authenticate(refreshToken)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('refuses users whose address is not verified, where it can know', async () => {
    const unverified = world.emulator.addUser({ verified: false });
    world.emulator.addMember(world.domain.id, unverified.id);
    const token = new Secret(await signIn(world.emulator, unverified));
    if (judge === 'the platform itself') await expect(member(token)).resolves.toBeUndefined();
    else
      await expect(member(token)).rejects.toMatchObject({
        code: 'unverified_user',
        message: 'email not verified',
      });
  });
});
