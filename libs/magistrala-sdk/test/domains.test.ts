import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { failure } from './canned.js';
import { platform } from './platform.js';

const { domains, clients, newUser, newDomain } = await platform();

describe('a domain', () => {
  it('is created with the id that the caller chose, viewed and listed', async () => {
    const { user, token } = await newUser();
    const [id, route] = [randomUUID(), `r${randomUUID().slice(0, 8)}`];
    const created = await domains.create({ id, name: 'plant', route, metadata: { a: 1 } }, { token });
    expect(created).toMatchObject({
      id,
      name: 'plant',
      route,
      status: 'enabled',
      createdBy: user.id,
      updatedAt: undefined,
    });
    expect(await domains.view(id, { token })).toMatchObject({ id, name: 'plant' });
    expect((await domains.list({ name: 'plan' }, { token })).items).toMatchObject([{ id }]);
    expect(await failure(domains.create({ id, name: 'x', route: 'x1' }, { token }))).toBe(
      'conflict domain_id_taken',
    );
    expect(await failure(domains.create({ name: 'x', route }, { token }))).toBe('conflict route_taken');
  });

  it('is hidden from strangers, and told apart from one that does not exist', async () => {
    const call = await newDomain((await newUser()).token);
    const { token } = await newUser();
    expect(await failure(domains.view(call.domainId, { token }))).toBe('forbidden forbidden');
    expect(await failure(domains.view(randomUUID(), { token }))).toBe('not_found not_found');
  });

  it('says who serves it', async () =>
    expect(await domains.health()).toMatchObject({ description: 'domains service' }));
});

describe('an invitation', () => {
  async function invited() {
    const call = await newDomain((await newUser()).token);
    const guest = await newUser();
    const [role] = (await domains.listRoles({}, call)).items;
    await domains.invite({ userId: guest.user.id, roleId: role!.id }, call);
    return { call, guest, asGuest: { ...call, token: guest.token } };
  }

  it('makes a member when it is accepted', async () => {
    const { call, guest, asGuest } = await invited();
    const pending = { domainId: call.domainId, inviteeUserId: guest.user.id, confirmedAt: undefined };
    expect((await domains.listInvitations({}, call)).items).toMatchObject([pending]);
    expect((await domains.listMyInvitations({}, asGuest)).items).toMatchObject([pending]);
    expect(await failure(clients.create({}, asGuest))).toBe('forbidden forbidden');
    await domains.acceptInvitation(asGuest);
    expect(await failure(clients.create({}, asGuest))).toBe('success');
  });

  it('can be rejected by one side and cancelled by the other', async () => {
    const one = await invited();
    await domains.rejectInvitation(one.asGuest);
    expect(await failure(clients.create({}, one.asGuest))).toBe('forbidden forbidden');
    const other = await invited();
    await domains.cancelInvitation(other.guest.user.id, other.call);
    expect((await domains.listMyInvitations({}, other.asGuest)).items).toEqual([]);
  });
});
