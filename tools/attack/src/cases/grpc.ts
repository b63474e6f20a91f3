import { gzipSync } from 'node:zlib';
import { type AttackCase, type Finding, Findings } from '../case.js';
import type { Stage } from '../stage.js';
import { tally } from '../support/http.js';
import { PREFACE, emptyFrames, endlessHeaders, pings, rapidResets, settings } from '../support/frames.js';
import { call, openSession } from '../support/http2.js';
import { open } from '../support/sockets.js';
import { mustStayHealthy, watching } from '../support/watch.js';

const BEGIN = '/provision.v1.EnrolmentService/Begin';
const ANCHORS = '/provision.v1.EnrolmentService/GetTrustAnchors';
const AWAIT = '/provision.v1.EnrolmentService/Await';
const NOTHING = Buffer.alloc(0);
const MIB = 1024 * 1024;
const OK = '0';

export const grpc: readonly AttackCase[] = [
  {
    id: 'grpc/large-messages',
    does: 'sends messages of 16 MiB, and of 1 MiB of unknown fields',
    holds: 'refused, at little cost; another connection is served',
    short: true,
    run: (stage) =>
      sendMessages(stage, [{ message: Buffer.alloc(16 * MIB, 1) }, { message: unknownFields(MIB) }]),
  },
  {
    id: 'grpc/compressed',
    does: 'sends 256 MiB of zeros compressed to 256 KiB',
    holds: 'refused before it is unpacked: the app grows by less than 64 MiB',
    run: (stage) => sendMessages(stage, [{ message: gzipSync(Buffer.alloc(256 * MIB)), encoding: 'gzip' }]),
  },
  {
    id: 'grpc/garbage',
    does: 'sends octets that are no messages, to methods that there are and are not',
    holds: 'refused call by call; another connection is served',
    run: garbage,
  },
  {
    id: 'grpc/rapid-reset',
    does: 'begins 3,000 calls on one connection and takes each back at once (CVE-2023-44487)',
    holds: 'the connection is closed or all of it costs little; another connection is served',
    short: true,
    run: (stage) => write(stage, rapidResets(ANCHORS, 3_000)),
  },
  {
    id: 'grpc/endless-headers',
    does: 'begins a call with 32 MiB of headers that do not end (CVE-2024-27983)',
    holds: 'the connection is closed; the app grows by less than 64 MiB; another connection is served',
    run: (stage) => write(stage, endlessHeaders(ANCHORS, 2_000)),
  },
  {
    id: 'grpc/control-frames',
    does: 'sends 20,000 pings, 20,000 settings and 20,000 changes of the window on one connection',
    holds: 'the connection is closed or all of it costs little; another connection is served',
    run: (stage) => write(stage, Buffer.concat([pings(20_000), settings(20_000), emptyFrames(20_000)])),
  },
  {
    id: 'grpc/streams',
    does: 'waits for an approval on 600 streams, 100 to a connection, with secrets that no one was given',
    holds: 'refused; another connection is served',
    run: streams,
  },
];

/** Field 1000, a number of one octet, over and over. */
const unknownFields = (bytes: number): Buffer =>
  Buffer.alloc(bytes - (bytes % 3), Buffer.of(0xc0, 0x3e, 0x01));

type Message = { readonly message: Buffer; readonly encoding?: 'gzip' };

async function sendMessages({ grpc: app }: Stage, messages: readonly Message[]): Promise<Finding> {
  const findings = new Findings();
  const watched = await watching(app, async () => {
    const statuses: string[] = [];
    for (const each of messages) {
      const session = await openSession(app);
      statuses.push(await call(session, { path: BEGIN, ...each }));
      session.close();
    }
    return statuses;
  });
  findings.must(!watched.result.includes(OK), `status ${watched.result.join(', ')}`);
  findings.must(watched.grownMib < 64, `grew by ${watched.grownMib} MiB`);
  await mustServe(findings, app);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

async function mustServe(findings: Findings, app: Stage['grpc']): Promise<void> {
  const status = await openSession(app, '127.0.0.202').then(
    async (session) => {
      const answered = await call(session, { path: ANCHORS, message: NOTHING });
      session.close();
      return answered;
    },
    () => 'no connection',
  );
  findings.must(status === OK, `another connection: ${status === OK ? 'served' : status}`);
}

async function garbage({ grpc: app }: Stage): Promise<Finding> {
  const findings = new Findings();
  const watched = await watching(app, async () => {
    const session = await openSession(app);
    const statuses: string[] = [];
    for (const path of [BEGIN, ANCHORS, '/nobody.Service/Nothing', '/'])
      for (const message of [Buffer.alloc(64, 0xff), Buffer.from('0a05', 'hex'), Buffer.alloc(1_000, 0x0a)])
        statuses.push(await call(session, { path, message }));
    session.close();
    return statuses;
  });
  findings.must(!watched.result.includes(OK), `status ${watched.result.join(', ')}`);
  await mustServe(findings, app);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

/** Of processor time for all of it. */
const MAY_COST_MS = 2_500;
const SETTLE_MS = 1_500;

/** Frames as no client would send them, on one connection, as fast as they go. */
async function write({ grpc: app }: Stage, frames: Buffer): Promise<Finding> {
  const findings = new Findings();
  const watched = await watching(app, async () => {
    const held = await open({ to: app.url, from: '127.0.0.2', tls: true, says: PREFACE });
    held.socket.write(frames);
    const isClosed = await held.untilClosed(SETTLE_MS);
    held.close();
    return isClosed;
  });
  const { result: isClosed, usedMs, grownMib } = watched;
  const isCheap = isClosed || usedMs <= MAY_COST_MS;
  findings.must(isCheap, `the connection ${isClosed ? 'was closed' : 'stayed'}, ${usedMs} ms of CPU`);
  findings.must(grownMib < 64, `grew by ${grownMib} MiB`);
  await mustServe(findings, app);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

async function streams({ grpc: app }: Stage): Promise<Finding> {
  const findings = new Findings();
  // polling_secret, field 1.
  const secret = Buffer.from('nobody was given this secret, ever');
  const message = Buffer.concat([Buffer.of(0x0a, secret.length), secret]);
  const watched = await watching(app, async () => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => openSession(app)));
    const statuses = await Promise.all(
      sessions.flatMap((session) =>
        Array.from({ length: 100 }, () => call(session, { path: AWAIT, message })),
      ),
    );
    sessions.forEach((session) => session.close());
    return statuses.map((status) => (status === 'closed' ? 0 : Number(status)));
  });
  findings.must(!watched.result.includes(Number(OK)), `status ${tally(watched.result)}`);
  await mustServe(findings, app);
  mustStayHealthy(findings, watched);
  return findings.finding;
}
