import type { AgentSettings } from '../agent-content.js';
import { check } from '@org/harness';
import type { Enrolled } from './enrol.js';
import type { Enrolling } from './enrolling.js';
import { type Status, status } from './status.js';
import { credentialsOf, isRefused } from './telemetry.js';

/** A new key and certificate; the agent tries them out with the server, so the old certificate ends. */
export async function renew(
  { steps, desk, agent }: Enrolling,
  { machineId, status: before }: Enrolled,
): Promise<Status> {
  return steps.run('It renewed, with a new key; the old one is revoked', async (note) => {
    const { outcome } = await agent.json<{ outcome: string }>('renew');
    check(outcome === 'renewed', `it says ${outcome}`);
    const now = await status(agent);
    check(now.machineId === machineId, 'it is another machine now');
    check(now.keyFingerprint !== before.keyFingerprint, 'it has kept its key');
    const { certificates } = await desk.machine(machineId);
    const states = certificates.map(({ state }) => state);
    check(states.join() === 'revoked,signed', `its certificates are ${states.join(', ')}`);
    note(`next time on ${now.renewal.at?.slice(0, 10)}`);
    return now;
  });
}

/** The device is lost: its operator takes its identity and its gateway away. */
export async function revokeLost({ steps, stage, desk }: Enrolling, { machineId }: Enrolled): Promise<void> {
  await steps.run('The operator revoked it, and had its gateway removed', async (note) => {
    const revoked = await desk.revoke(machineId, { reason: 'keyCompromise', remove_gateway: true });
    check(
      revoked.state === 'revoked' && !revoked.removal_due,
      'it is not revoked, or its gateway is still there',
    );
    const { clients, channels, configs } = stage.emulator.inventory(stage.domain.id);
    check(!clients.some(({ id }) => id === machineId), 'its client is still there');
    note(`${clients.length} client, ${channels.length} channels, ${configs.length} configuration are left`);
  });
}

/** A finder gets nowhere with it. @returns what the agent says */
export async function tryRevoked({ steps, agent }: Enrolling, settings: AgentSettings): Promise<string> {
  return steps.run('The lost device is refused, here and at the broker', async (note) => {
    const { code, stderr } = await agent.run('renew');
    check(code !== 0, 'it could renew its certificate');
    const [, says = stderr] = /^error: (.+)$/m.exec(stderr) ?? [];
    check(says.includes('revoked'), `it does not say that it is revoked: ${says}`);
    check(await isRefused(await credentialsOf(agent, settings)), 'the broker still lets it in');
    note(says.split(': ').at(-1)!);
    return says;
  });
}
