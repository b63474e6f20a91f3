import type { DeviceAgent } from '@org/harness';

/** What the agent's `status --json` says; in part. */
export interface Status {
  readonly state: string;
  readonly machineId: string;
  readonly keyFingerprint: string;
  readonly certificate: { readonly serial: string; readonly notAfter: string };
  readonly bootstrap: { readonly state: string; readonly externalId: string; readonly broker: string };
  readonly renewal: { readonly action: string; readonly at?: string };
}

/** @throws Error when the device has no identity that can be used */
export const status = (agent: DeviceAgent): Promise<Status> => agent.json<Status>('status');
