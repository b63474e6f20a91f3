import { type AttackCase, type Finding, Findings } from '../case.js';
import { LIMITS, PROXY, type Stage } from '../stage.js';
import {
  type Begun,
  type Origin,
  approve,
  ask,
  begin,
  begunOf,
  newRequest,
  stateOf,
} from '../support/device.js';
import { request, tally } from '../support/http.js';
import { mustStayHealthy, watching } from '../support/watch.js';

const OVER = LIMITS.pendingPerAddress + 20;
const AT_A_TIME = 8;

const byProxy = (forwardedFor: string): Origin => ({
  from: PROXY,
  headers: { 'x-forwarded-for': forwardedFor },
});

export const enrolment: readonly AttackCase[] = [
  {
    id: 'enrolment/one-key',
    does: 'asks for 30 codes with one and the same key',
    holds: 'one enrolment of that key waits; the earlier ones are gone',
    short: true,
    run: oneKey,
  },
  {
    id: 'enrolment/one-address',
    does: `asks for ${OVER} codes with as many keys from one address`,
    holds: `refused with 429 after ${LIMITS.pendingPerAddress} at the latest; another address gets its code`,
    run: (stage) => flood(stage, () => ({ from: '127.0.0.31' })),
  },
  {
    id: 'enrolment/forwarded-ports',
    does: `asks for ${OVER} codes from one address whose port is always another, as a proxy tells it`,
    holds: 'counted as one address: refused with 429; another address gets its code',
    run: (stage) =>
      flood(stage, (n) =>
        byProxy(n % 2 === 0 ? `198.51.100.7:${1024 + n}` : `10.1.${n % 250}.1, 198.51.100.7`),
      ),
  },
  {
    id: 'enrolment/forwarded-garbage',
    does: `asks for ${OVER} codes with X-Forwarded-For that is no address, always another one`,
    holds: 'counted as one address: refused with 429; another address gets its code',
    run: (stage) => flood(stage, (n) => byProxy(['unknown', '_hidden', '1.2.3.4.5', '"[::]:1"'][n % 4]! + n)),
  },
  {
    id: 'enrolment/forged-address',
    does: `asks for ${OVER} codes with an X-Forwarded-For of its own, always another address, past no proxy`,
    holds: 'not believed: refused with 429; another address gets its code',
    run: (stage) =>
      flood(stage, (n) => ({
        from: '127.0.0.32',
        headers: { 'x-forwarded-for': `203.0.113.${n % 250}`, forwarded: `for=203.0.113.${n % 250}` },
      })),
  },
  {
    id: 'enrolment/guessing',
    does: 'tries 30 wrong codes with one token',
    holds: "refused with 429 after ten; the owner's look-up goes on working",
    short: true,
    run: guess,
  },
  {
    id: 'enrolment/forbidden-name',
    does: 'asks for a code with a request for someone else’s host name',
    holds: 'refused at once, before anybody is asked to approve it',
    short: true,
    run: forbiddenName,
  },
  {
    id: 'enrolment/in-the-clear',
    does: 'redeems and enrols (EST) over plain HTTP from far away, as a proxy tells it',
    holds: 'refused: certificates and secrets need TLS',
    run: inTheClear,
  },
  {
    id: 'enrolment/ipv6-network',
    does: 'asks for 160 codes from as many networks of one IPv6 /56, as a proxy tells them',
    holds: `${LIMITS.pendingPer56} of them wait at most; another address gets its code`,
    run: (stage) =>
      fill(stage, {
        count: 160,
        origin: (n) => byProxy(`2001:db8:7:${n.toString(16)}::1`),
        most: LIMITS.pendingPer56,
      }),
  },
  {
    id: 'enrolment/everywhere',
    does: `asks for ${LIMITS.pending + 100} codes, 10 from each of as many addresses as it takes, and goes on`,
    holds: `${LIMITS.pending} of them wait at most; a device from elsewhere gets its code and keeps it`,
    run: (stage) =>
      fill(stage, {
        count: LIMITS.pending + 100,
        origin: (n) => byProxy(`${20 + (n % 7)}.1.${n % 40}.7`),
        most: LIMITS.pending,
      }),
  },
];

async function oneKey(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const csr = await newRequest();
  const states: string[] = [];
  const answers = [];
  for (let n = 0; n < 30; n += 1) answers.push(await begin(stage, { csr, from: '127.0.0.33' }));
  const begun = answers.filter(({ status }) => status < 300).map(begunOf);
  for (const { secret } of begun) states.push(await stateOf(stage, secret));
  const waiting = states.filter((state) => state === 'pending').length;
  findings.must(begun.length > 0, tally(answers.map(({ status }) => status)));
  findings.must(waiting === 1 && states.at(-1) === 'pending', `${waiting} of ${begun.length} wait`);
  return findings.finding;
}

/** Asks until it is refused, or for more than anybody may have; then someone else asks. */
async function flood(stage: Stage, origin: (n: number) => Origin): Promise<Finding> {
  const findings = new Findings();
  const watched = await watching(stage.http, async () => {
    const statuses: number[] = [];
    for (let n = 0; n < OVER && !statuses.includes(429); n += AT_A_TIME)
      statuses.push(
        ...(await Promise.all(Array.from({ length: AT_A_TIME }, (_, m) => once(stage, origin(n + m))))),
      );
    const other = await once(stage, { from: '127.0.0.34' });
    return { statuses, other };
  });
  const { statuses, other } = watched.result;
  const accepted = statuses.filter((status) => status === 201).length;
  const isCapped = statuses.includes(429) && accepted <= LIMITS.pendingPerAddress;
  findings.must(isCapped, tally(statuses));
  findings.must(other === 201, `another address got ${other}`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

interface Filling {
  readonly count: number;
  readonly origin: (n: number) => Origin;
  /** How many may wait in the end. */
  readonly most: number;
}

/** More goes in than there is room for; a device from elsewhere comes in between. */
async function fill(stage: Stage, { count, origin, most }: Filling): Promise<Finding> {
  const findings = new Findings();
  const watched = await watching(stage.http, async () => {
    const first = await beginMany(stage, count, origin);
    const other = await begin(stage, { csr: await newRequest(), ...byProxy('203.0.113.77') });
    const later = await beginMany(stage, 40, origin);
    const states: string[] = [];
    for (const { secret } of [...first, ...later]) states.push(await stateOf(stage, secret));
    const waiting = states.filter((state) => state === 'pending').length;
    return {
      waiting,
      other: other.status === 201 ? await stateOf(stage, begunOf(other).secret) : other.status,
    };
  });
  const { waiting, other } = watched.result;
  findings.must(waiting <= most, `${waiting} of ${count + 40} wait`);
  findings.must(other === 'pending', `another device: ${other}`);
  mustStayHealthy(findings, watched);
  return findings.finding;
}

async function beginMany(stage: Stage, count: number, origin: (n: number) => Origin): Promise<Begun[]> {
  const begun: Begun[] = [];
  for (let n = 0; n < count; n += AT_A_TIME) {
    const answers = await Promise.all(
      Array.from({ length: AT_A_TIME }, async (_, m) =>
        begin(stage, { csr: await newRequest(), ...origin(n + m) }),
      ),
    );
    begun.push(...answers.filter(({ status }) => status === 201).map(begunOf));
  }
  return begun;
}

const once = async (stage: Stage, origin: Origin): Promise<number> =>
  begin(stage, { csr: await newRequest(), ...origin }).then(
    ({ status }) => status,
    () => 0,
  );

const CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

async function guess(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const { code } = begunOf(await begin(stage, { csr: await newRequest(), from: '127.0.0.35' }));
  const lookUp = (token: string, tried: string, domainId: string) =>
    ask({ ...stage, domainId }, { path: 'enrolments/lookup', token, body: { code: tried } });
  const statuses: number[] = [];
  for (let n = 0; n < 30; n += 1) {
    const wrong = `BBBBBB${CODE_LETTERS[n % 20]!}${CODE_LETTERS[(n * 7) % 20]!}`;
    statuses.push((await lookUp(stage.people.stranger, wrong, stage.people.otherDomainId)).status);
  }
  const own = (await lookUp(stage.people.owner, code, stage.domainId)).status;
  findings.must(statuses.lastIndexOf(404) < 11 && statuses.at(-1) === 429, tally(statuses));
  findings.must(own === 200, `the owner got ${own}`);
  return findings.finding;
}

async function forbiddenName(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const csr = await newRequest({}, ['payments.example.com']);
  const { status, text } = await begin(stage, { csr, from: '127.0.0.36' });
  findings.must(status === 400, `${status} ${text.slice(0, 120)}`);
  return findings.finding;
}

async function inTheClear(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const far: Origin = {
    from: PROXY,
    headers: { 'x-forwarded-for': '198.51.100.40', 'x-forwarded-proto': 'http' },
  };
  const csr = await newRequest();
  const begun = await begin(stage, { csr, from: '127.0.0.37' });
  const { code, secret } = begunOf(begun);
  await approve(stage, code);
  const url = stage.http.url;
  const redeemed = await request(`${url}/v1/enrolments/redeem`, {
    ...far,
    body: JSON.stringify({ polling_secret: secret, csr }),
  });
  const basic = Buffer.from(`${code}:${secret}`).toString('base64');
  const enrolled = await request(`${url}/.well-known/est/simpleenroll`, {
    ...far,
    headers: { ...far.headers, authorization: `Basic ${basic}` },
    type: 'application/pkcs10',
    body: csr,
  });
  for (const [what, { status, text }] of Object.entries({ redeem: redeemed, simpleenroll: enrolled }))
    findings.must(status >= 400 && !text.includes('BEGIN CERTIFICATE'), `${what}: ${status}`);
  return findings.finding;
}
