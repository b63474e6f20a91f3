import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type AgentSettings, readAsAgent } from '../agent-content.js';
import type { Files } from '../openssl.js';
import { check, type DeviceAgent } from '@org/harness';
import type { Enrolled } from './enrol.js';
import type { Enrolling } from './enrolling.js';

/** The identity on the device's disk, as other programs there find it. */
export async function identityOf(agent: DeviceAgent): Promise<Files & { bundle: string; root: string }> {
  const text = (name: string) => readFile(agent.path(name), 'utf8');
  const certs = '.mecha/agent/certs';
  const bundle = await text(`${certs}/ca_bundle.pem`);
  const root = await text(`${certs}/root.pem`);
  return {
    certificate: await text(`${certs}/machine.pem`),
    key: await text('.mecha/openssl/ecdsa/key.pem'),
    chain: bundle + root,
    bundle,
    root,
  };
}

/** What only the device may know is closed to other users of it. */
export async function checkModes({ steps, agent }: Enrolling): Promise<void> {
  await steps.run('No one else on the device can read what it keeps', async (note) => {
    const found = await readdir(agent.home, { recursive: true });
    for (const name of found) {
      const stats = await stat(join(agent.home, name));
      const mode = (stats.mode & 0o777).toString(8);
      // Nothing is in the lock; the folder is closed anyway.
      const wanted = stats.isDirectory() ? '700' : '600';
      check(stats.size === 0 || mode === wanted, `${name} has mode ${mode}`);
    }
    note('files 0600, folders 0700');
  });
}

/** The cached configuration, read by Magistrala's rules from the service's answer and from what the agent made of it. */
export async function checkConfiguration(
  { steps, stage, agent }: Enrolling,
  { machineId, status }: Enrolled,
): Promise<AgentSettings> {
  return steps.run("Its configuration is one for Magistrala's agent", async (note) => {
    const { content, client_key } = await jsonIn(agent, 'bootstrap.json');
    check(!client_key, 'the platform has a private key, which should be the device alone');
    const settings = readAsAgent(content ?? '');
    const config = await jsonIn(agent, 'agent-config.json');
    const kept = {
      domain: config['domain_id'],
      dataChannel: config['channels_data_id'],
      controlChannel: config['channels_ctrl_id'],
      username: config['mqtt_username'],
      password: config['mqtt_password'],
      mqttUrl: config['mqtt_url'],
    };
    check(isDeepStrictEqual(kept, { ...settings }), 'the agent has made something else of it');
    check(settings.username === machineId, 'it does not name its client');
    const { externalId } = status.bootstrap;
    const { configs } = stage.emulator.inventory(stage.domain.id);
    const count = configs.filter((it) => it.external_id === externalId).length;
    check(count === 1, `there are ${count} configurations for it`);
    note(`external id ${externalId}`);
    return settings;
  });
}

async function jsonIn(agent: DeviceAgent, name: string): Promise<Record<string, string | undefined>> {
  return JSON.parse(await readFile(agent.path(name), 'utf8')) as Record<string, string | undefined>;
}
