import { describe, expect, it } from '@jest/globals';
import { Secret } from '@org/domain';
import { aCsr, aSigner } from '../support/authority.js';
import { Device, approve, enrolled, tls } from '../support/device.js';
import { outcomeOf } from '../support/errors.js';
import { ANN, World } from '../support/world.js';

/** A key whose machine was revoked because others know it, and the device that had begun to enrol with it once more. */
async function knownToOthers(afterMs = 0) {
  const world = new World();
  const { enrolments } = await world.process();
  const signer = aSigner();
  const { identity } = await enrolled(enrolments, signer);
  world.clock.advance(afterMs);
  const again = await new Device(signer).begin(enrolments);
  await approve(enrolments, again);
  const { machineId: id } = identity.credentials;
  const reason = 'keyCompromise' as const;
  await enrolments.revoke({ id, domainId: 'plant', operator: ANN, reason, removeGateway: false });
  return { world, enrolments, signer, again };
}

describe('a key that is known to others', () => {
  it('may not enrol again, nor redeem what was approved before', async () => {
    const { world, enrolments, signer, again } = await knownToOthers();
    expect(await outcomeOf(new Device(signer).begin(enrolments))).toBe('csr_key_blocked');
    expect(await outcomeOf(again.redeem(enrolments))).toBe('csr_key_blocked');
    expect(await world.valid()).toEqual([]);
    expect(await outcomeOf(enrolled(enrolments))).toBe('ok');
  });

  it('is no key for the renewal of any machine', async () => {
    const { enrolments, signer } = await knownToOthers();
    const { identity } = await enrolled(enrolments);
    const renew = async (key = aSigner()) => enrolments.renew({ csr: await aCsr(key), proof: tls(identity) });
    expect(await outcomeOf(renew(signer))).toBe('csr_key_blocked');
    expect(await outcomeOf(renew())).toBe('ok');
  });

  it('is none for legacy devices, neither at first nor when they are asked to change it', async () => {
    const { enrolments, signer } = await knownToOthers();
    const [code, address] = [new Secret('A1B2C3'), '192.0.2.7'];
    await enrolments.ask({ code, address });
    const { id } = await enrolments.lookUp({ code, operator: ANN, address });
    await enrolments.approve({ id, domainId: 'plant', operator: ANN, request: { name: 'press-7' } });
    const answer = await enrolments.ask({ code, address });
    if (answer.state !== 'approved') throw new Error('still waiting');
    const { machineId, ticket } = answer;
    const sign = async (requestType: 'Provision' | 'ReIssue', key = aSigner()) =>
      enrolments.sign({ ticket, csr: await aCsr(key, machineId), machineId, requestType, address });
    expect(await outcomeOf(sign('Provision', signer))).toBe('csr_key_blocked');
    expect(await outcomeOf(sign('Provision'))).toBe('ok');
    await enrolments.reissue({ id: machineId, domainId: 'plant', operator: ANN });
    expect(await outcomeOf(sign('ReIssue', signer))).toBe('csr_key_blocked');
    expect(await outcomeOf(sign('ReIssue'))).toBe('ok');
  });

  it('is so also when its certificate had expired by then', async () => {
    const { enrolments, signer } = await knownToOthers(120 * 86_400_000);
    expect(await outcomeOf(new Device(signer).begin(enrolments))).toBe('csr_key_blocked');
  });

  it('is any that a machine revoked for that had before', async () => {
    const { enrolments } = await new World().process();
    const { identity, signer } = await enrolled(enrolments);
    const renewed = await enrolments.renew({ csr: await aCsr(aSigner()), proof: tls(identity) });
    await enrolments.checkIn({ kind: 'tls', certificate: renewed.certificate });
    const { machineId: id } = identity.credentials;
    const reason = 'keyCompromise' as const;
    await enrolments.revoke({ id, domainId: 'plant', operator: ANN, reason, removeGateway: false });
    expect(await outcomeOf(new Device(signer).begin(enrolments))).toBe('csr_key_blocked');
  });

  it('may become known after its machine was revoked for another reason', async () => {
    const { enrolments } = await new World().process();
    const { identity, signer } = await enrolled(enrolments);
    const call = {
      id: identity.credentials.machineId,
      domainId: 'plant',
      operator: ANN,
      removeGateway: false,
    };
    await enrolments.revoke({ ...call, reason: 'unspecified' });
    const { revocation } = await enrolments.revoke({ ...call, reason: 'keyCompromise' });
    expect(revocation).toMatchObject({ reason: 'keyCompromise' });
    expect(await outcomeOf(new Device(signer).begin(enrolments))).toBe('csr_key_blocked');
    // What is known stays known.
    expect((await enrolments.revoke({ ...call, reason: 'superseded' })).revocation).toEqual(revocation);
  });

  it('is not one whose certificate was revoked for another reason', async () => {
    const { enrolments } = await new World().process();
    const { identity, signer } = await enrolled(enrolments);
    const { machineId: id } = identity.credentials;
    const reason = 'cessationOfOperation' as const;
    await enrolments.revoke({ id, domainId: 'plant', operator: ANN, reason, removeGateway: false });
    expect(await outcomeOf(enrolled(enrolments, signer))).toBe('ok');
  });
});
