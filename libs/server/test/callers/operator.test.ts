import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { createOperatorToken } from '../../src/index.js';
import { signIn } from '@org/magistrala-emulator';
import { type RunningServer, openWorld, startServer } from '../world.js';

const ana = createOperatorToken('ana');
const ben = createOperatorToken('ben');
const OPERATORS = { MG_PROVISION_OPERATOR_TOKENS: `${ana.line},${ben.line}` };

let world: Awaited<ReturnType<typeof openWorld>>;
const servers = new Map<string, RunningServer>();
const operator = (server: string, token: Secret, domainId = world.domain.id) =>
  servers.get(server)!.server.callers.operator({ token, domainId });

beforeAll(async () => {
  world = await openWorld();
  const { emulator, owner } = world;
  const jwks = `${emulator.urls.auth}/keys/.well-known/jwks.json`;
  const own = { MG_PROVISION_USERNAME: owner.username, MG_PROVISION_PASS: owner.password };
  const noGrpc = { ...OPERATORS, MG_AUTH_GRPC_URL: '' };
  servers.set('gRPC', await startServer(emulator, OPERATORS));
  servers.set('JWKS', await startServer(emulator, { ...noGrpc, MG_PROVISION_JWKS_URL: jwks }));
  servers.set('the platform itself', await startServer(emulator, noGrpc));
  servers.set('own credentials', await startServer(emulator, { ...OPERATORS, ...own }));
  servers.set('no platform', await startServer(undefined, OPERATORS));
});
afterAll(async () => {
  for (const server of servers.values()) await server.close();
  await world.close();
});

describe.each(['gRPC', 'JWKS', 'the platform itself'])('operators judged by %s', (judge) => {
  it('are members of the domain, by their id, who act with their own token', async () => {
    const { owner } = world.tokens;
    const operating = await operator(judge, owner);
    expect(operating).toMatchObject({ id: world.owner.id, known: false, token: owner });
    await expect(operating.assertMayRemove()).resolves.toBeUndefined();
  });

  it('are not strangers, nor anybody with a bad token', async () => {
    await expect(operator(judge, world.tokens.stranger)).rejects.toMatchObject({ kind: 'forbidden' });
    for (const text of ['nonsense', 'pat_nonsense', '', ana.line])
      await expect(operator(judge, new Secret(text))).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('are not those of the configuration while the service has no credentials for them', async () => {
    await expect(operator(judge, ana.token)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'operator_needs_credentials',
      message: expect.stringContaining('MG_PROVISION_API_KEY'),
    });
  });
});

describe('who may remove', () => {
  it('is told by the auth service: not who may only look', async () => {
    const { domain, emulator } = world;
    const member = emulator.addUser();
    emulator.addMember(domain.id, member.id, 'member');
    const reader = await operator('gRPC', world.tokens.reader);
    await expect(reader.assertMayRemove()).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'may_not_remove',
    });
    const deleting = await operator('gRPC', new Secret(await signIn(emulator, member)));
    await expect(deleting.assertMayRemove()).resolves.toBeUndefined();
  });

  it('cannot be told without it', async () => {
    for (const judge of ['JWKS', 'the platform itself']) {
      const reader = await operator(judge, world.tokens.reader);
      await expect(reader.assertMayRemove()).resolves.toBeUndefined();
    }
  });
});

describe('operators of the configuration', () => {
  it.each(['own credentials', 'no platform'])('act in any domain with %s', async (server) => {
    const byAna = { id: 'operator:ana', known: true, token: undefined };
    for (const domainId of [undefined, 'another']) {
      const operating = await operator(server, ana.token, domainId);
      expect(operating).toMatchObject(byAna);
      await expect(operating.assertMayRemove()).resolves.toBeUndefined();
    }
    expect(await operator(server, ben.token)).toMatchObject({ id: 'operator:ben' });
  });

  it('are not known by their hash, nor by a part of their token', async () => {
    const hash = ana.line.slice('ana:'.length);
    for (const text of [hash, ana.line, ana.token.reveal().slice(0, -1), `${ana.token.reveal()} `])
      await expect(operator('no platform', new Secret(text))).rejects.toMatchObject({
        code: 'invalid_token',
      });
  });

  it('are the only callers without a platform', async () => {
    const { callers } = servers.get('no platform')!.server;
    await expect(callers.authenticate(ana.token)).resolves.toBeUndefined();
    await expect(callers.member({ token: ana.token, domainId: 'any' })).resolves.toMatchObject({
      id: 'operator:ana',
    });
    const { owner } = world.tokens;
    await expect(callers.authenticate(owner)).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(callers.member({ token: owner, domainId: 'any' })).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    await expect(operator('no platform', owner)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('get tokens that no one guesses, and names that the configuration takes', () => {
    expect(ana.token.reveal()).toMatch(/^[\w-]{43}$/);
    expect(ana.line).toMatch(/^ana:[\da-f]{64}$/);
    expect(createOperatorToken('ana').token.reveal()).not.toBe(ana.token.reveal());
    expect(() => createOperatorToken('ana, ben')).toThrow(
      expect.objectContaining({ code: 'operator_name_invalid' }),
    );
  });
});
