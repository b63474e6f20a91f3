import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { enrolmentV1 } from '@org/proto';
import { appProgram, ownEnvironment } from '@org/harness';
import { type AttackCase, type Finding, Findings } from '../case.js';
import type { Stage } from '../stage.js';
import { approve, ask, begin, begunOf, newRequest } from '../support/device.js';
import { request, statusOf, tally } from '../support/http.js';
import { call, openSession } from '../support/http2.js';
import { open } from '../support/sockets.js';
import { COMMANDS, HOSTILE } from '../support/terminal.js';

export const texts: readonly AttackCase[] = [
  {
    id: 'texts/logs',
    does: 'puts terminal commands and forged lines into every text that it may send',
    holds: 'logs stay one JSON object to a line, with no control character in it',
    short: true,
    run: intoLogs,
  },
  {
    id: 'texts/names',
    does: 'asks for names with terminal commands, for gateways and machines',
    holds: 'refused with 400',
    run: intoNames,
  },
  {
    id: 'texts/command-line',
    does: 'has a device describe itself with terminal commands; an operator lists certificates and enrolments',
    holds: 'what is printed and answered holds no control character',
    run: intoOutput,
  },
];

async function intoLogs(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const { url } = stage.http;
  const encoded = encodeURIComponent(HOSTILE);
  const headerText = HOSTILE.replaceAll(/[\r\n\u202e]/g, '');
  const said = { model: HOSTILE, serial: HOSTILE, hostname: HOSTILE, address: HOSTILE };
  const statuses = [
    await statusOf(`${url}/${encoded}/${encoded}?${encoded}=${encoded}`, { token: stage.people.owner }),
    await statusOf(`${url}/${stage.domainId}/machines/${encoded}`, { token: stage.people.owner }),
    await statusOf(`${url}/v1/provisioning/manifest/find?code=${encoded}`),
    (await begin(stage, { csr: await newRequest(), device: said, from: '127.0.0.61' })).status,
    (await begin(stage, { csr: HOSTILE, from: '127.0.0.61' })).status,
    await statusOf(`${url}/${stage.domainId}/mapping`, {
      token: stage.people.owner,
      body: JSON.stringify({ name: HOSTILE, external_id: HOSTILE, external_key: HOSTILE }),
    }),
  ];
  for (const name of [
    'user-agent',
    'x-request-id',
    'x-forwarded-for',
    'authorization',
    'idempotency-key',
    'traceparent',
  ])
    await raw(stage, `GET /health HTTP/1.1\r\nHost: x\r\n${name}: ${headerText}\r\n\r\n`);
  await raw(stage, `GET /${headerText} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await raw(stage, `${headerText} / HTTP/1.1\r\nHost: x\r\n\r\n`);
  const session = await openSession(stage.grpc, '127.0.0.61');
  const message = enrolmentV1.BeginRequest.encode({
    csr: Buffer.from(await newRequest()),
    device: said,
  }).finish();
  await call(session, { path: '/provision.v1.EnrolmentService/Begin', message: Buffer.from(message) });
  await call(session, { path: `/provision.v1.EnrolmentService/${encoded}`, message: Buffer.alloc(0) });
  session.close();
  findings.must(
    statuses.every((status) => status < 500),
    tally(statuses),
  );
  for (const app of ['http', 'grpc'] as const)
    mustBeClean(findings, app, await readFile(stage.logFile(app), 'utf8'));
  return findings.finding;
}

/** Octets as they are: no client would send them. */
async function raw({ http }: Stage, says: string): Promise<void> {
  const held = await open({ to: http.url, from: '127.0.0.61', says: Buffer.from(says, 'latin1') });
  await held.untilClosed(500);
  held.close();
}

function mustBeClean(findings: Findings, app: string, log: string): void {
  const lines = log.trimEnd().split('\n');
  const dirty = lines.filter((line) => COMMANDS.test(line)).length;
  const foreign = lines.filter((line) => !isEvent(line)).length;
  const forged = lines.filter((line) => line.startsWith('{"level":"info","msg":"forged"}')).length;
  findings.must(
    dirty === 0 && forged === 0,
    `${app}: ${dirty} of ${lines.length} lines with control characters`,
  );
  findings.must(foreign === 0, `${app}: ${foreign} lines that are no JSON object`);
}

function isEvent(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

async function intoNames(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const { owner: token } = stage.people;
  for (const [what, hostile] of Object.entries({
    escape: 'a\u001b[2J',
    line: 'a\r\nb',
    direction: 'a\u202eb',
    c1: 'a\u009b1mb',
  })) {
    const mapping = { name: hostile, external_id: `names-${what}-${Date.now()}`, external_key: 'k' };
    const made = await ask(stage, { path: 'mapping', token, body: mapping });
    const { code } = begunOf(await begin(stage, { csr: await newRequest(), from: '127.0.0.62' }));
    const approved = await approve(stage, code, hostile);
    findings.must(
      made.status === 400 && approved.status === 400,
      `${what}: mapping ${made.status}, approval ${approved.status}`,
    );
  }
  return findings.finding;
}

async function intoOutput(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const device = { model: HOSTILE, serial: HOSTILE, hostname: HOSTILE };
  const { code } = begunOf(await begin(stage, { csr: await newRequest(), device, from: '127.0.0.63' }));
  const { owner: token } = stage.people;
  const found = await request(`${stage.http.url}/${stage.domainId}/enrolments/lookup`, {
    token,
    body: JSON.stringify({ code }),
  });
  findings.must(found.status === 200 && !COMMANDS.test(found.text), `look-up: ${found.status}`);
  for (const args of [['list'], ['list', '--json'], ['show', HOSTILE.replaceAll('\u0000', '')]]) {
    const { stdout, stderr } = await provisionCa(stage, args);
    const isClean = !COMMANDS.test(stdout + stderr);
    findings.must(isClean, `provision ca ${args[0]}: ${isClean ? 'clean' : 'control characters'}`);
  }
  return findings.finding;
}

const provisionCa = ({ env }: Stage, args: readonly string[]) =>
  promisify(execFile)(process.execPath, [appProgram('cli'), 'ca', ...args], {
    env: { ...ownEnvironment(), ...env },
  }).catch((failed: { stdout: string; stderr: string }) => failed);
