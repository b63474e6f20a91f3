import { randomUUID } from 'node:crypto';
import type { MachineRecord } from '../machines/machine-store.js';

const ENROLLED_AT = 1_790_000_000_000;

/** An active machine of its own id; what is given replaces the rest. */
export function sampleMachine(more: Partial<MachineRecord> = {}): MachineRecord {
  return {
    id: randomUUID(),
    version: 1,
    domainId: 'plant',
    name: 'press-7',
    state: 'active',
    device: { model: 'Gate 2', serial: 'A-17', hostname: 'gate-17', address: '10.0.0.17' },
    enrolmentId: randomUUID(),
    binding: 'key',
    approvedBy: 'ann',
    enrolledAt: ENROLLED_AT,
    gateway: undefined,
    lastSeenAt: undefined,
    lateRenewals: 0,
    reissue: undefined,
    revocation: undefined,
    removalDue: false,
    ...more,
  };
}

/** With every field set. */
export function sampleFullMachine(): MachineRecord {
  return sampleMachine({
    version: 5,
    state: 'revoked',
    binding: 'ticket',
    gateway: {
      runId: randomUUID(),
      externalId: 'gate-17',
      clientIds: [randomUUID(), randomUUID()],
      channelIds: [randomUUID()],
      configurationId: randomUUID(),
    },
    lastSeenAt: ENROLLED_AT + 1,
    lateRenewals: 2,
    reissue: { by: 'bob', at: ENROLLED_AT + 2 },
    revocation: { by: 'eve', at: ENROLLED_AT + 3, reason: 'keyCompromise' },
    removalDue: true,
  });
}
