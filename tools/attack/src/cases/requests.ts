import { type AttackCase, type Finding, Findings } from '../case.js';
import type { Stage } from '../stage.js';
import { request } from '../support/http.js';
import { open } from '../support/sockets.js';
import { mustStayHealthy, watching } from '../support/watch.js';

/** Answered with this path's own text if it gets through. */
const SMUGGLED = 'GET /v1/ping HTTP/1.1\r\nHost: x\r\n\r\n';

/** Requests that two servers may understand differently (RFC 9112 §6.1, §6.3, §11.2), each with another inside. */
const AMBIGUOUS: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'two lengths': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  'a list of lengths': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nContent-Length: 0, ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  'a length with a sign': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n${SMUGGLED}`,
  'an encoding in capitals and twice': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'a blank before the colon': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'a folded header': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'LF alone': `POST /v1/enrolments/poll HTTP/1.1\nHost: x\nContent-Length: 0\n\n${SMUGGLED}`,
  'a chunk of a broken size': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${SMUGGLED}`,
  'a huge chunk': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n${SMUGGLED}`,
  'a NUL in a header': `POST /v1/enrolments/poll HTTP/1.1\r\nHost: x\r\nX-A: \0\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`,
};

/** Heads that no server should have to read. */
const OVERSIZED: Readonly<Record<string, string>> = {
  'a header of 1 MiB': `GET /health HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(1024 * 1024)}\r\n\r\n`,
  '20,000 headers': `GET /health HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(20_000)}\r\n`,
  'a path of 1 MiB': `GET /${'a'.repeat(1024 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  'a query of 15 KB with 4,000 names': `GET /health?${'a&'.repeat(4_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  'another protocol': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'TLS to a plain port': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
};

export const requests: readonly AttackCase[] = [
  {
    id: 'requests/smuggling',
    does: `hides a request in another, in ${Object.keys(AMBIGUOUS).length} ways that servers read differently`,
    holds: 'refused and closed, or read in one way only: the hidden one has no answer',
    short: true,
    run: smuggle,
  },
  {
    id: 'requests/oversized',
    does: 'sends heads of 1 MiB, 20,000 headers, and what is no HTTP',
    holds: 'answered with 4xx or closed; health goes on being answered',
    run: oversize,
  },
  {
    id: 'requests/framing',
    does: 'puts the pages for people into a frame of its own',
    holds: 'forbidden by Content-Security-Policy or X-Frame-Options',
    run: frame,
  },
];

async function exchange(
  { http }: Pick<Stage, 'http'>,
  says: string,
): Promise<{ received: string; isClosed: boolean }> {
  const held = await open({ to: http.url, from: '127.0.0.71', says: Buffer.from(says, 'latin1') });
  const isClosed = await held.untilClosed(1_500);
  const { received } = held;
  held.close();
  return { received, isClosed };
}

async function smuggle(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  for (const [what, says] of Object.entries(AMBIGUOUS)) {
    const { received } = await exchange(stage, says);
    const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    // An answer to the hidden request is one after the answer to the one around it.
    findings.must(
      statuses.length <= 1 && statuses[0] !== '200',
      `${what}: ${statuses.join(', ') || 'closed'}`,
    );
  }
  return findings.finding;
}

async function oversize(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const watched = await watching(stage.http, async () => {
    const seen: [string, string | undefined][] = [];
    for (const [what, says] of Object.entries(OVERSIZED)) {
      const { received, isClosed } = await exchange(stage, says);
      seen.push([what, /^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? (isClosed ? 'closed' : undefined)]);
    }
    return seen;
  });
  for (const [what, status] of watched.result)
    findings.must(status !== undefined && !status.startsWith('5'), `${what}: ${status ?? 'kept open'}`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

async function frame({ http }: Stage): Promise<Finding> {
  const findings = new Findings();
  for (const path of ['/docs', '/enrol']) {
    const { status, headers } = await request(`${http.url}${path}`);
    const policy = `${String(headers['content-security-policy'])} ${String(headers['x-frame-options'])}`;
    const isProtected = /frame-ancestors '(?:none|self)'|DENY|SAMEORIGIN/i.test(policy);
    findings.must(status >= 400 || isProtected, `${path}: ${status}${isProtected ? ', protected' : ''}`);
  }
  return findings.finding;
}
