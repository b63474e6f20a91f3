import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { failure } from './canned.js';
import { platform } from './platform.js';

const { domains, newUser, newDomain } = await platform();

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
