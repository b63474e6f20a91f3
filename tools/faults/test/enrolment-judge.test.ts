import { describe, expect, test } from '@jest/globals';
import { gatewayOf } from '../src/enrolment/gateways.js';
import { type CertificateRow, type Evidence, judgeDevice, judgeWhole } from '../src/enrolment/judge.js';
import { type Things, portrait } from '../src/provisioning/things.js';
import type { ShownMachine } from '@org/harness';
import { NONE, gateway, ids } from './samples.js';

/** A machine whose gateway has ids from a number on; its id is its client's. */
function machine(
  from: number,
  serials: Readonly<Record<string, string>> = { [`s${from}`]: 'signed' },
): ShownMachine {
  const { client, channel, config } = ids(from);
  return {
    id: client,
    name: 'press',
    state: 'active',
    removal_due: false,
    gateway: {
      external_id: `gw-${from}`,
      client_ids: [client],
      channel_ids: [channel],
      configuration_id: config,
    },
    certificates: Object.entries(serials).map(([serial, state]) => ({ serial, state })),
  };
}

/** With an enrolled device the platform has no certificate. */
const enrolled = (from: number): Things => ({ ...gateway(`gw-${from}`, from), certificates: [] });
const row = (serial: string, machineId: string, more: Partial<CertificateRow> = {}): CertificateRow => ({
  serial,
  machine: machineId,
  state: 'signed',
  profile: 'device',
  ...more,
});
const together = (...all: readonly Things[]): Things =>
  Object.fromEntries(
    Object.keys(NONE).map((kind) => [kind, all.flatMap((each) => [...each[kind as keyof Things]])]),
  ) as unknown as Things;

const healthy = { things: enrolled(10), portrait: portrait(enrolled(10), 'gw-10') };
const good: Evidence = {
  holdsItsOwn: true,
  liveBeforeUse: 1,
  serial: 's20',
  machine: machine(20),
  things: enrolled(20),
};

describe('a device that has finished', () => {
  test('has its own certificate, alone alive, and a whole gateway', () => {
    expect(judgeDevice(good, healthy)).toEqual([]);
    const renewed = machine(20, { s19: 'revoked', s18: 'unsigned', s20: 'signed' });
    expect(judgeDevice({ ...good, machine: renewed }, healthy)).toEqual([]);
  });

  test.each<[string, Partial<Evidence>, string]>([
    ["another key's certificate", { holdsItsOwn: false }, 'another key'],
    ['two certificates from one code', { liveBeforeUse: 2 }, '2 live certificates at first'],
    ['two live certificates', { machine: machine(20, { s20: 'signed', s21: 'signed' }) }, '2 live'],
    ['no live certificate', { machine: machine(20, { s20: 'revoked' }) }, '0 live'],
    ['a certificate that is not the live one', { serial: 's99' }, 'not live'],
    ['a revoked machine', { machine: { ...machine(20), state: 'revoked' } }, 'revoked'],
    ['no gateway', { things: NONE }, 'nothing of its gateway'],
    ['half a gateway', { things: { ...enrolled(20), connections: [] } }, 'connection'],
  ])('must not have %s', (_, wrong, said) => {
    expect(judgeDevice({ ...good, ...wrong }, healthy).join()).toContain(said);
  });
});

describe('all devices together', () => {
  const machines = [machine(10), machine(20)];
  const certificates = machines.map(({ id }, n) => row(`s${n}`, id));
  const whole = { machines, machineCount: 2, certificates, things: together(enrolled(10), enrolled(20)) };

  test('own all that there is', () => {
    expect(judgeWhole(whole)).toEqual({ orphans: 0, duplicates: 0, problems: [] });
  });

  test('do not own what is revoked, nor the certificates of servers', () => {
    const more = [row('r', 'somebody', { state: 'revoked' }), row('t', 'server', { profile: 'server' })];
    expect(judgeWhole({ ...whole, certificates: [...certificates, ...more] }).problems).toEqual([]);
  });

  test('may leave nothing that belongs to no device', () => {
    const things = together(whole.things, enrolled(30));
    expect(judgeWhole({ ...whole, things })).toMatchObject({ orphans: 4, duplicates: 0 });
    const stray = [...certificates, row('s9', 'nobody')];
    expect(judgeWhole({ ...whole, certificates: stray })).toMatchObject({ orphans: 1, duplicates: 0 });
    expect(judgeWhole({ ...whole, machineCount: 3 })).toMatchObject({ orphans: 1, duplicates: 0 });
  });

  test('have one live certificate each', () => {
    const twice = [...certificates, row('s9', machines[0]!.id)];
    expect(judgeWhole({ ...whole, certificates: twice })).toMatchObject({ orphans: 0, duplicates: 1 });
  });

  test('are told apart by what their approvals made', () => {
    expect(gatewayOf(whole.things, machine(20))).toEqual(enrolled(20));
  });
});
