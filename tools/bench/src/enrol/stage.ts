import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Secret } from '@org/domain';
import {
  type App,
  type Cleanup,
  DESCRIPTION,
  Desk,
  DeviceConnection,
  DeviceKey,
  pinnedRoot,
  rootFingerprint,
  startApp,
} from '@org/harness';

/** What is measured: both apps on one SQLite file, without a platform. */
export interface EnrolBench {
  readonly http: App;
  readonly grpc: App;
  readonly pairs: readonly Pair[];
  /** From a code to a certificate. @returns milliseconds of each step @throws Error when any of it is refused */
  enrol(pair: Pair, csr: Buffer): Promise<StepTimes>;
  /** As many calls to the same apps, over the same connections, that ask for nothing. */
  callIdly(pair: Pair): Promise<void>;
}

/** What an enrolment waits for, in this order: `Begin`, the operator's two requests, `Redeem`. */
export const STEPS = ['begin', 'lookUp', 'approve', 'redeem'] as const;
export type StepTimes = Record<(typeof STEPS)[number], number>;

/** A device, on a connection that stays open as while it waits for its approval, and an operator of its own. */
export interface Pair {
  readonly device: DeviceConnection;
  readonly desk: Desk;
}

export interface EnrolBenchSetup {
  /** How many devices at a time there will be. */
  readonly pairs: number;
  readonly cleanup: Cleanup;
  /** Options of node for both apps: `--cpu-prof` and its like. */
  readonly nodeOptions?: readonly string[];
}

export async function openEnrolBench({
  pairs,
  cleanup,
  nodeOptions = [],
}: EnrolBenchSetup): Promise<EnrolBench> {
  const folder = await cleanup.folder();
  // Named in the configuration, so that limits for strangers are not in the way; and many, as the look-ups that one
  // operator has under way count as attempts until they have found something.
  const tokens = Array.from({ length: pairs }, () => randomBytes(32).toString('base64url'));
  const env = {
    MG_PROVISION_PLATFORM: 'none',
    MG_PROVISION_CERTS_BACKEND: 'builtin',
    MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
    MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
    MG_PROVISION_OPERATOR_TOKENS: tokens.map((token, n) => `operator-${n}:${sha256(token)}`).join(),
  };
  const start = async (name: 'http' | 'grpc') => {
    const app = await startApp(name, { logFile: join(folder, `${name}.log`), nodeOptions, env });
    cleanup.defer(() => app.stop());
    return app;
  };
  const http = await start('http');
  const grpc = await start('grpc');
  const root = await pinnedRoot(grpc.url, await rootFingerprint(http.url));
  const pair = (token: string): Pair => {
    const device = new DeviceConnection({ address: grpc.url, root });
    cleanup.defer(() => device.close());
    return { device, desk: new Desk({ url: http.url, domainId: 'plant-1', token: new Secret(token) }) };
  };
  return {
    http,
    grpc,
    pairs: tokens.map(pair),
    async enrol({ device, desk }, csr) {
      const [begin, { code, pollingSecret }] = await timed(device.begin(csr, DESCRIPTION));
      const [lookUp, { id }] = await timed(desk.lookUp(code));
      const [approve] = await timed(desk.approve(id, { name: 'press' }));
      const [redeem, { credentials }] = await timed(device.redeem(pollingSecret, csr));
      if (!credentials) throw new Error('a redeemed code gave no certificate');
      return { begin, lookUp, approve, redeem };
    },
    async callIdly({ device }) {
      await device.trustAnchors();
      await idle(http);
      await idle(http);
      await device.trustAnchors();
    },
  };
}

async function timed<T>(work: Promise<T>): Promise<readonly [ms: number, value: T]> {
  const from = performance.now();
  const value = await work;
  return [performance.now() - from, value];
}

async function idle({ url }: App): Promise<void> {
  const answer = await fetch(`${url}/health`);
  await answer.arrayBuffer();
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Keys are the devices' affair: they are made before anything counts. */
export const requests = (count: number): Promise<Buffer[]> =>
  Promise.all(Array.from({ length: count }, () => new DeviceKey().request()));
