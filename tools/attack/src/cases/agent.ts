import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { Client, credentials } from '@grpc/grpc-js';
import { freePort } from '@org/test-support';
import { DESCRIPTION, DeviceAgent, rootFingerprint, SETTINGS } from '@org/harness';
import { type AttackCase, type Finding, Findings } from '../case.js';
import type { Stage } from '../stage.js';
import { approve } from '../support/device.js';
import { COMMANDS } from '../support/terminal.js';

export const agent: readonly AttackCase[] = [
  {
    id: 'agent/local-port',
    does: "calls the agent's local port as any program on the device can, without a token, to take its identity away",
    holds: 'refused; the device keeps its key and certificate',
    short: true,
    run: deprovisionLocally,
  },
  {
    id: 'agent/doctor',
    does: 'shows a certificate with terminal commands in its names to an agent that looks for its server',
    holds: 'what the agent prints holds no control character',
    run: lieToDoctor,
  },
];

const DEPROVISION = '/provisioning.ProvisioningService/deprovision';
/** The default, which another agent on this machine may have. */
const PORT = /^( +)port: 3001$/m;

async function deprovisionLocally(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const device = await enrolled(stage, 'local-port');
  const port = await freePort();
  const settings = device.path(SETTINGS);
  await writeFile(settings, (await readFile(settings, 'utf8')).replace(PORT, `$1port: ${port}`));
  const daemon = device.start('run');
  try {
    const answered = await callUntilThere(port, DEPROVISION);
    findings.must(answered !== 'OK', `deprovision: ${answered}`);
  } finally {
    daemon.stop();
    await daemon.ended;
  }
  const { state } = await device.json<{ state: string }>('status');
  findings.must(state === 'provisioned', `the device is ${state}`);
  return findings.finding;
}

async function enrolled(stage: Stage, name: string): Promise<DeviceAgent> {
  const device = new DeviceAgent(join(stage.folder, name));
  await device.setUp({
    grpcUrl: `https://${stage.grpc.url}`,
    rootFingerprint: await rootFingerprint(stage.http.url),
    ...DESCRIPTION,
  });
  const enrolment = device.start('enrol');
  const [, code = ''] = /with the code (\S+)/.exec(await enrolment.printed(/with the code \S+/)) ?? [];
  await approve(stage, code);
  const { code: exitCode, stderr } = await enrolment.ended;
  if (exitCode !== 0) throw new Error(`the agent did not enrol: ${stderr.trim()}`);
  return device;
}

/** @returns `OK`, or why not, once someone listens */
function callUntilThere(port: number, path: string): Promise<string> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const same = (message: Buffer) => message;
  return new Promise<string>((resolve, reject) => {
    client.waitForReady(Date.now() + 30_000, (absent) => {
      if (absent) return reject(absent);
      client.makeUnaryRequest(path, same, same, Buffer.alloc(0), (error) => resolve(error?.details ?? 'OK'));
    });
  }).finally(() => client.close());
}

async function lieToDoctor(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const { cert, key } = await hostileCertificate(stage);
  const server = createTlsServer({ cert, key }, (socket) => socket.destroy()).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => undefined);
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const device = new DeviceAgent(join(stage.folder, 'lied-to'));
  await mkdir(join(device.path(SETTINGS), '..'), { recursive: true, mode: 0o700 });
  await writeFile(device.path(SETTINGS), `provisioning:\n  server_url: ${url}\n  grpc_url: ${url}\n`);
  for (const command of ['doctor', 'renew']) {
    const { stdout, stderr } = await device.run(command);
    const printed = stdout + stderr;
    findings.must(
      printed.length > 0 && !COMMANDS.test(printed),
      `${command} printed ${printed.length} characters`,
    );
  }
  server.close();
  return findings.finding;
}

/** openssl writes what no one else would. */
async function hostileCertificate({ folder }: Stage) {
  const [certFile, keyFile] = [join(folder, 'hostile.crt'), join(folder, 'hostile.key')];
  const subject = '/O=evil\u001b[2J\u001b]0;owned\u0007/CN=red\u009b31m\u202ename';
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-utf8'];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', ...kind, '-subj', subject],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  return { cert: await readFile(certFile), key: await readFile(keyFile) };
}
