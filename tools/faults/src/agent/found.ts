import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FileKeyStore, type IdentityReport, IdentityStore, nodeFileSystem } from '@org/device';
import { loadSettings } from '@org/device/settings';
import { verifyChain } from '@org/x509';
import type { RealServer } from '@org/harness/agent';

/** What is on a device's disk, as anybody who reads it finds it. */
export interface Found {
  readonly report: IdentityReport;
  /** Fingerprints. */
  readonly key: string | undefined;
  readonly nextKey: string | undefined;
  /** Files that are there only while something is being changed. */
  readonly unfinished: readonly string[];
}

export async function look(home: string, settings: string): Promise<Found> {
  const loaded = loadSettings({ file: { path: 'settings.yml', text: settings }, env: {}, home });
  if (!loaded.ok) throw new Error('the settings of the device are wrong');
  const { paths } = loaded.settings;
  const files = nodeFileSystem();
  const keys = new FileKeyStore(paths.privateKey, files);
  const store = new IdentityStore({ paths, keys, files });
  const all = readdirSync(home, { recursive: true, encoding: 'utf8' });
  return {
    report: await store.report(Date.now()),
    key: (await keys.current())?.fingerprint,
    nextKey: (await keys.next())?.fingerprint,
    unfinished: all.filter((name) => /\.(new|next)$/.test(name)).map((name) => join(home, name)),
  };
}

/** What is wrong with a disk right after its agent was killed. */
export const judgeCut = ({ report }: Found, wasProvisioned: boolean): string[] => [
  ...(report.problem ? [`the files do not form one identity: ${report.problem.message}`] : []),
  ...(wasProvisioned && report.state !== 'provisioned' ? [`the identity is ${report.state}`] : []),
];

interface Judging {
  readonly server: RealServer;
  readonly domainId: string;
  /** That the device had made, if any: no other may have taken its place. */
  readonly key: string | undefined;
  /** How many certificates the machine should ever have got. */
  readonly issued: number;
}

/** What is wrong with a device that says it has come to its end. */
export async function judgeEnd(found: Found, { server, domainId, key, issued }: Judging): Promise<string[]> {
  const { report, unfinished } = found;
  const { identity } = report;
  if (!identity) return [`the device is ${report.state}`];
  const problems: string[] = [];
  const expect = (isSo: boolean, problem: string): void => void (isSo || problems.push(problem));
  const { certificate, intermediates, roots, machineId } = identity;
  expect(report.state === 'provisioned' && !report.enrolling, `the device is ${report.state}`);
  expect(
    leads(() =>
      verifyChain({ leaf: certificate, intermediates, roots, at: Date.now(), purpose: 'clientAuth' }),
    ),
    'the chain does not lead to the root',
  );
  expect(
    roots.some(({ fingerprint }) => fingerprint === server.rootFingerprint),
    "the root is not the server's",
  );
  expect(
    key === undefined || identity.key.fingerprint === key,
    'the key is another than the one it had made',
  );
  expect(found.key === identity.key.fingerprint, 'the key of the certificate is not in its place');
  expect(unfinished.length === 0, `left over: ${unfinished.join(', ')}`);
  const machines = await server.machines(domainId);
  expect(
    machines.length === 1 && machines[0]!.id === machineId,
    `the server has ${machines.length} machines`,
  );
  const approvals = (await server.enrolments(domainId)).length;
  expect(approvals === 1, `${approvals} enrolments were approved`);
  const certificates = await server.certificates(machineId);
  const live = certificates.filter(({ state }) => state === 'signed');
  expect(
    live.length === 1 && live[0]!.serial === certificate.serial,
    `the server has ${live.length} live certificates`,
  );
  expect(certificates.length === issued, `${certificates.length} certificates were issued, not ${issued}`);
  return problems;
}

function leads(verify: () => unknown): boolean {
  try {
    verify();
    return true;
  } catch {
    return false;
  }
}
