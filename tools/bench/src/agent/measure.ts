import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials } from '@grpc/grpc-js';
import { provisioning } from '@org/proto';
import type { RealServer } from '@org/harness/agent';
import { AgentProcess, type Program, forget } from './agent-process.js';

/** How much is measured. */
export interface Extent {
  /** Devices that are enrolled. */
  readonly devices: number;
  /** Starts of one that has an identity. */
  readonly starts: number;
  /** Until an agent counts as idle; it shows its certificate to the server within the first minute. */
  readonly idleMs: number;
}

interface Figures {
  /** Milliseconds each. */
  readonly ready: readonly number[];
  readonly provisioned: readonly number[];
  /** Bytes. */
  readonly memory: { readonly resident: number; readonly own: number };
}

interface MeasureOptions {
  readonly program: Program;
  readonly server: RealServer;
  readonly folder: string;
  readonly extent: Extent;
  readonly progress: (what: string) => void;
}

export async function measure({
  program,
  server,
  folder,
  extent,
  progress,
}: MeasureOptions): Promise<Figures> {
  const provisioned: number[] = [];
  for (let device = 0; device < extent.devices; device++) {
    progress(`enrolling device ${device + 1} of ${extent.devices}`);
    provisioned.push(await enrol(program, homeOf(folder, device, server), server));
  }
  const home = homeOf(folder, 0, server);
  const ready: number[] = [];
  for (let start = 0; start < extent.starts; start++) {
    progress(`start ${start + 1} of ${extent.starts}`);
    ready.push(await running(program, home, async (agent) => (await agent.said('the agent is ready')).ms));
  }
  progress(`idle for ${extent.idleMs / 1000} s`);
  if (program.kind === 'executable') forget(program.command[0]);
  const memory = await running(program, home, async (agent) => {
    await agent.said('this device has an identity');
    await delay(extent.idleMs);
    return agent.memory();
  });
  return { ready, provisioned, memory };
}

interface Home {
  readonly folder: string;
  readonly settings: string;
}

function homeOf(parent: string, device: number, { url, rootFingerprint }: RealServer): Home {
  const folder = join(parent, `device-${device}`);
  const settings = join(folder, 'settings.yml');
  mkdirSync(folder, { recursive: true });
  // YAML takes JSON.
  const text = JSON.stringify({
    data: { dir: join(folder, 'data') },
    server: { url: '127.0.0.1', port: 0 },
    provisioning: { grpc_url: url, root_fingerprint: rootFingerprint },
    bootstrap: { cache_path: join(folder, 'bootstrap.json'), config_path: join(folder, 'agent-config.json') },
    logging: { format: 'json' },
  });
  writeFileSync(settings, text);
  return { folder, settings };
}

async function running<T>(
  program: Program,
  home: Home,
  work: (agent: AgentProcess) => Promise<T>,
): Promise<T> {
  const agent = new AgentProcess(program, home.folder, home.settings);
  try {
    return await work(agent);
  } finally {
    await agent.stop();
  }
}

/** @returns milliseconds from the operator's click to the device's identity on its disk */
const enrol = (program: Program, home: Home, server: RealServer): Promise<number> =>
  running(program, home, async (agent) => {
    const { address } = await agent.said('listening for programs on this device');
    await agent.said('waiting for the approval of a code');
    const code = await shownCode(String(address));
    // The agent waits for news by then.
    await delay(500);
    const from = performance.now();
    await server.approve(code);
    await agent.said('this device has been enrolled');
    return performance.now() - from;
  });

/** As a screen on the device asks for it. */
async function shownCode(address: string): Promise<string> {
  const client = new provisioning.ProvisioningServiceClient(address, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) =>
      client.generateCode({}, (error, answer) => (error ? reject(error) : resolve(answer.code))),
    );
  } finally {
    client.close();
  }
}
