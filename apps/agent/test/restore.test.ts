import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, backup } from 'node:sqlite';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type AgentHome, RealServer } from '@org/harness/agent';
import { AgentHomes } from './support/agent-homes.js';
import { folders } from './support/folder.js';

const disk = folders();
const homes = new AgentHomes(disk);
let server: RealServer | undefined;
afterEach(async () => {
  homes.close();
  await server?.close();
});
afterAll(() => disk.remove());

const agent = (): AgentHome => homes.make(() => 'server: { port: 0 }');
const environment = (home: AgentHome) => server!.agentEnvironment(home.path);

async function enrol(home: AgentHome, ...more: readonly string[]): Promise<void> {
  const enrolling = home.start(['enrol', '--json', ...more], environment(home));
  const [, code] = await enrolling.said(/"code":"([^"]+)"/);
  await server!.approve(code!);
  expect(await enrolling.ended).toMatchObject({ code: 0, err: '' });
}
const renew = (home: AgentHome) => home.run(['renew'], environment(home));

const identityOf = async (home: AgentHome) =>
  JSON.parse((await home.run(['status', '--json'], environment(home))).out) as {
    readonly state: string;
    readonly machineId: string;
  };

/** As docs/how-to/backup-and-restore.md does it, while the server runs. */
async function backUp(from: string): Promise<string> {
  const folder = join(from, 'backup');
  mkdirSync(folder);
  const database = new DatabaseSync(join(from, 'state.db'), { readOnly: true });
  await backup(database, join(folder, 'state.db'));
  database.close();
  chmodSync(join(folder, 'state.db'), 0o600);
  for (const part of ['state.db.key', 'authority'])
    cpSync(join(from, part), join(folder, part), { recursive: true });
  return folder;
}

/** Into an installation that has nothing. */
async function restore(backedUp: string): Promise<void> {
  await server!.close();
  server = undefined;
  const empty = disk.make();
  cpSync(backedUp, empty, { recursive: true });
  server = await RealServer.start(empty);
}

describe('after a restore into an empty installation', () => {
  it('devices go on; newer ones are told apart, and enrol again with an approval; none is lost', async () => {
    const folder = disk.make();
    server = await RealServer.start(folder);
    const [older, revoked, newer] = [agent(), agent(), agent()];
    await enrol(older);
    await enrol(revoked);
    const machines = await server.machines();
    await server.revoke(machines[0]!.id);
    const backedUp = await backUp(folder);
    await enrol(newer);
    await restore(backedUp);
    rmSync(folder, { recursive: true });

    expect(await renew(older)).toMatchObject({ code: 0, err: '' });
    expect((await renew(revoked)).code).toBe(5);
    const { machineId } = await identityOf(newer);
    const refused = await renew(newer);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('no record of it') });
    const metrics = await server!.server.metrics.registry.metrics();
    expect(metrics).toContain('provision_machine_events_total{event="not_recorded"} 1');

    // The certificate that it has stays in use until the next one is there.
    expect(await identityOf(newer)).toMatchObject({ state: 'provisioned', machineId });
    const daemon = newer.start(['run'], environment(newer));
    await daemon.said(/waiting for the approval of a code/);
    daemon.kill('SIGTERM');
    await daemon.ended;
    await enrol(newer, '--again');
    expect((await identityOf(newer)).machineId).not.toBe(machineId);
    expect(await renew(newer)).toMatchObject({ code: 0, err: '' });
    expect(await server!.machines()).toHaveLength(3);
  });
});
