import {
  type Cleanup,
  DESCRIPTION,
  type Desk,
  DeviceAgent,
  type Output,
  rootFingerprint,
} from '@org/harness';
import type { Broker } from '../broker/broker.js';
import type { Stage } from '../stage.js';
import type { Steps } from '../steps.js';

/** Both sides, and what lies between. */
export interface Enrolling {
  readonly steps: Steps;
  readonly output: Output;
  readonly stage: Stage;
  readonly broker: Broker;
  readonly desk: Desk;
  readonly agent: DeviceAgent;
  readonly cleanup: Cleanup;
}

/** A device with an empty folder, told of the server. @param name of its folder */
export async function setUpDevice({ app, grpc, folder }: Stage, name: string): Promise<DeviceAgent> {
  const agent = new DeviceAgent(`${folder}/${name}`);
  await agent.setUp({
    grpcUrl: `https://${grpc!.url}`,
    rootFingerprint: await rootFingerprint(app.url),
    ...DESCRIPTION,
  });
  return agent;
}
