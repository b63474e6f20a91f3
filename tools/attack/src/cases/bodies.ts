import { gzipSync } from 'node:zlib';
import { type AttackCase, Findings } from '../case.js';
import type { Operation, Stage } from '../stage.js';
import { request, statusOf, tally } from '../support/http.js';
import { mustStayHealthy, watching } from '../support/watch.js';

/** Of processor time that one such body may cost. */
const CPU_MS_EACH = 50;
const MIB = 1024 * 1024;
/** Just below what short calls, requests for certificates and anything else may have. */
const WITHIN_LIMITS = [4_000, 16_000, 64_000];

const flat = (bytes: number): string => {
  const keys = Array.from({ length: Math.floor(bytes / 14) }, (_, n) => `"f${String(n).padStart(7, '0')}":0`);
  return `{${keys.join()}}`;
};
const repeated = (text: string, bytes: number): string => text.repeat(Math.floor(bytes / text.length));

/** In the place of every text that any route knows. */
const inEveryField = (text: string): string =>
  JSON.stringify(
    Object.fromEntries(
      [
        'name',
        'external_id',
        'external_key',
        'csr',
        'code',
        'polling_secret',
        'machine_id',
        'client_id',
        'reason',
      ].map((name) => [name, text]),
    ),
  );

interface Shape {
  readonly id: string;
  readonly does: string;
  readonly short?: true;
  readonly bodies: readonly (() => string)[];
}

const SHAPES: readonly Shape[] = [
  {
    id: 'flat-keys',
    does: 'sends objects with 100,000 keys, and with as many as the limits of bytes allow',
    short: true,
    bodies: [100_000 * 14, ...WITHIN_LIMITS].map((bytes) => () => flat(bytes)),
  },
  {
    id: 'nesting',
    does: 'nests lists and objects tens of thousands deep, ended and not',
    bodies: [MIB, ...WITHIN_LIMITS].flatMap((bytes) => [
      () => `{"name":${repeated('[', bytes / 2 - 10)}${repeated(']', bytes / 2 - 10)}}`,
      () => repeated('{"a":', bytes),
    ]),
  },
  {
    id: 'long-lists',
    does: 'sends lists of half a million numbers, and as long as the limits of bytes allow',
    bodies: [MIB, ...WITHIN_LIMITS].map((bytes) => () => `{"name":[${repeated('0,', bytes - 12)}0]}`),
  },
  {
    id: 'huge-texts',
    does: 'sends texts of 1 MiB, and of several KiB in every field',
    bodies: [() => inEveryField('x'.repeat(MIB / 8)), () => inEveryField('é\\"😀'.repeat(600))],
  },
  {
    id: 'pem-bombs',
    does: 'sends certificate requests of nothing but beginnings, dashes and blanks',
    bodies: WITHIN_LIMITS.flatMap((bytes) => [
      () => JSON.stringify({ csr: repeated('-----BEGIN A-----\n', bytes * 0.8) }),
      () => JSON.stringify({ csr: `-----BEGIN CERTIFICATE REQUEST-----\n:${' '.repeat(bytes * 0.8)}` }),
      () => JSON.stringify({ csr: '-'.repeat(bytes * 0.9) }),
    ]),
  },
  {
    id: 'odd-json',
    does: 'sends prototypes, numbers that are none, halves of letters and the same key over and over',
    bodies: [
      () => '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      () => '{"name":1e999999,"external_id":-0,"external_key":"\\ud800"}',
      () => `{${repeated('"name":"x",', 3_800)}"name":"y"}`,
      () => '\u0000'.repeat(100),
      () => 'null',
    ],
  },
];

export const bodies: readonly AttackCase[] = [
  ...SHAPES.map(({ id, does, short, bodies }): AttackCase => ({
    id: `bodies/${id}`,
    does: `${does}, to every route that takes a body, without a token and with one`,
    holds: `refused with 4xx, at most ${CPU_MS_EACH} ms of CPU for each; health goes on being answered`,
    ...(short && { short }),
    run: (stage) => sendEverywhere(stage, bodies),
  })),
  {
    id: 'bodies/compressed',
    does: 'sends 256 MiB of zeros compressed to 256 KiB, as gzip and as deflate says',
    holds: 'refused before it is unpacked: the app grows by less than 64 MiB',
    run: sendCompressed,
  },
];

async function sendEverywhere(stage: Stage, make: readonly (() => string)[]): Promise<Findings['finding']> {
  const findings = new Findings();
  // OCSP answers 200 whatever it is asked: what it says is in the answer (RFC 6960 2.3).
  const posts = stage.operations.filter(({ method, path }) => method === 'POST' && path !== '/ocsp');
  const all = make.map((each) => each());
  const watched = await watching(stage.http, async () => {
    const statuses: number[] = [];
    for (const body of all)
      for (const operation of posts)
        for (const token of [undefined, stage.people.owner])
          statuses.push(await post(stage, operation, { body, token }));
    return statuses;
  });
  const { result: statuses, usedMs } = watched;
  const isRefused = (status: number) => status === 0 || (status >= 400 && status < 500);
  findings.must(statuses.every(isRefused), `${posts.length} routes: ${tally(statuses)}`);
  const each = Math.round(usedMs / statuses.length);
  findings.must(each <= CPU_MS_EACH, `${each} ms of CPU each`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

/** EST gets what it takes, so that it is not the type that is refused. */
const typeOf = ({ path }: Operation): string =>
  path.includes('est/simple') ? 'application/pkcs10' : 'application/json';

const post = (
  stage: Stage,
  operation: Operation,
  { body, token }: { readonly body: string; readonly token: string | undefined },
): Promise<number> =>
  statusOf(`${stage.http.url}${stage.pathOf(operation)}`, {
    method: 'POST',
    ...{ body, token, type: typeOf(operation), from: '127.0.0.2' },
  });

async function sendCompressed(stage: Stage): Promise<Findings['finding']> {
  const findings = new Findings();
  const body = gzipSync(Buffer.alloc(256 * MIB));
  const paths = [`/${stage.domainId}/mapping`, '/v1/enrolments', '/v1/enrolments/poll'];
  const watched = await watching(stage.http, async () => {
    const statuses: number[] = [];
    for (const path of paths)
      for (const encoding of ['gzip', 'deflate', 'br', 'gzip, gzip']) {
        const headers = { 'content-encoding': encoding };
        const options = { body, headers, token: stage.people.owner, from: '127.0.0.2' };
        statuses.push(await statusOf(`${stage.http.url}${path}`, options));
      }
    // Small enough to be read in full.
    const small = gzipSync(Buffer.from('{"name":"x","external_id":"y","external_key":"z"}'));
    const options = { body: small, headers: { 'content-encoding': 'gzip' }, token: stage.people.owner };
    statuses.push((await request(`${stage.http.url}${paths[0]!}`, options)).status);
    return statuses;
  });
  const isRefused = (status: number) => status === 0 || (status >= 400 && status < 500);
  findings.must(watched.result.every(isRefused), tally(watched.result));
  findings.must(watched.grownMib < 64, `grew by ${watched.grownMib} MiB`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}
