import { type AttackCase, type Finding, Findings } from '../case.js';
import type { People } from '../people.js';
import type { Operation, Stage } from '../stage.js';
import { approve, begin, begunOf, newRequest } from '../support/device.js';
import { request, tally } from '../support/http.js';

/** What a domain has that someone may be after. */
interface Targets {
  readonly clientId: string;
  readonly machineID: string;
  /** Approved, so that it belongs to the domain. */
  readonly enrolmentID: string;
  /** Waits for someone to approve it. */
  readonly code: string;
}

export const rights: readonly AttackCase[] = [
  nobody('anonymous', 'without a token', () => undefined),
  nobody('garbage', 'with a token that is none', () => 'eyJhbGciOiJub25lIn0.e30.'),
  nobody('stranger', 'with the token of a user who is no member of the domain', ({ stranger }) => stranger),
  nobody('scopeless', 'with a personal access token without scopes', ({ scopeless }) => scopeless),
  {
    id: 'rights/reader',
    does: 'calls every operation of the API in a domain where it may only look, with ids that exist',
    holds: 'nothing changes, and no private key, secret or code is in any answer',
    short: true,
    run: (stage) => tryAll(stage, stage.people.reader, { mayLook: true }),
  },
  {
    id: 'rights/other-domain',
    does: "uses ids of another domain in the paths of its own, as that one's administrator",
    holds: 'refused with 4xx, as if they did not exist; nothing changes',
    short: true,
    run: acrossDomains,
  },
];

function nobody(id: string, who: string, token: (people: People) => string | undefined): AttackCase {
  return {
    id: `rights/${id}`,
    does: `calls every operation of the API in a domain ${who}, with ids that exist`,
    holds: 'refused with 401, 403 or 404; nothing changes',
    short: true,
    run: (stage) => tryAll(stage, token(stage.people), { mayLook: false }),
  };
}

const BODIES: Readonly<Record<string, (targets: Targets) => object>> = {
  '/{domainID}/mapping': () => ({ name: 'x', external_id: `stolen-${Date.now()}`, external_key: 'k' }),
  '/{domainID}/cert': ({ clientId }) => ({ client_id: clientId, ttl: '1h' }),
  '/{domainID}/enrolments/lookup': ({ code }) => ({ code }),
  '/{domainID}/enrolments/{enrolmentID}/approve': () => ({ name: 'stolen' }),
};

const ofDomains = ({ operations }: Stage): readonly Operation[] =>
  operations.filter(({ path }) => path.startsWith('/{domainID}/'));

async function tryAll(
  stage: Stage,
  token: string | undefined,
  { mayLook }: { readonly mayLook: boolean },
): Promise<Finding> {
  const findings = new Findings();
  const targets = await prepare(stage);
  const before = stateOf(stage);
  const answers = await callAll(stage, { token, targets, domainID: stage.domainId });
  const wrong = answers.filter(({ operation, status, text }) => {
    if (status < 400) return !(mayLook && operation.method === 'GET') || isSecret(text);
    return ![400, 401, 403, 404, 405, 409, 415].includes(status);
  });
  findings.must(wrong.length === 0, `${answers.length} calls: ${tally(answers.map(({ status }) => status))}`);
  for (const { operation, status } of wrong)
    findings.must(false, `${operation.method} ${operation.path}: ${status}`);
  findings.must(stateOf(stage) === before, 'the platform is as it was');
  return findings.finding;
}

/** Secrets of clients are UUIDs like everything else, so they are told by where they stand; references are none. */
const isSecret = (text: string): boolean =>
  /PRIVATE KEY|"(?:secret|polling_secret|external_key|client_key)":"(?!\$\{)[^"]/.test(text);

interface Attempt {
  readonly token: string | undefined;
  readonly targets: Targets;
  readonly domainID: string;
}

function callAll(stage: Stage, { token, targets, domainID }: Attempt) {
  const { machineID, enrolmentID } = targets;
  return Promise.all(
    ofDomains(stage).map(async (operation) => {
      const url = stage.http.url + stage.pathOf(operation, { domainID, machineID, enrolmentID });
      const body = JSON.stringify(BODIES[operation.path]?.(targets) ?? {});
      const { status, text } = await request(url, {
        ...{ method: operation.method, token, from: '127.0.0.51' },
        ...(operation.method === 'POST' && { body }),
      });
      return { operation, status, text };
    }),
  );
}

/** A gateway, a machine that was enrolled and a code that waits: something to be after. */
async function prepare(stage: Stage): Promise<Targets> {
  const { owner: token } = stage.people;
  const made = await request(`${stage.http.url}/${stage.domainId}/mapping`, {
    token,
    body: JSON.stringify({ name: 'press', external_id: `target-${Date.now()}`, external_key: 'k' }),
  });
  const [client] = (JSON.parse(made.text) as { clients: { id: string }[] }).clients;
  const csr = await newRequest();
  const enrolled = begunOf(await begin(stage, { csr, from: '127.0.0.52' }));
  const approved = await approve(stage, enrolled.code);
  const redeeming = JSON.stringify({ polling_secret: enrolled.secret, csr });
  await request(`${stage.http.url}/v1/enrolments/redeem`, { body: redeeming });
  const { id, machine_id } = JSON.parse(approved.text) as { id: string; machine_id: string };
  const { code } = begunOf(await begin(stage, { csr: await newRequest(), from: '127.0.0.52' }));
  return { clientId: client!.id, machineID: machine_id, enrolmentID: id, code };
}

/** All that the platform has, in both domains. */
const stateOf = ({ emulator, people }: Stage): string =>
  JSON.stringify([people.domainId, people.otherDomainId].map((id) => emulator.inventory(id)));

async function acrossDomains(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const targets = await prepare(stage);
  const before = stateOf(stage);
  const { otherDomainId: domainID, stranger: token } = stage.people;
  const answers = await callAll(stage, { token, targets, domainID });
  const withIds = answers.filter(({ operation: { path } }) =>
    /\{(?:machine|enrolment)ID\}|\/cert$/.test(path),
  );
  const statuses = withIds.map(({ status }) => status);
  const isRefused = statuses.every((status) => status >= 400 && status < 500);
  findings.must(isRefused, `${withIds.length} calls with foreign ids: ${tally(statuses)}`);
  for (const { operation, status, text } of withIds.filter(({ status }) => status < 400 || status >= 500))
    findings.must(false, `${operation.method} ${operation.path}: ${status} ${text.slice(0, 100)}`);
  const mine = (all: string) => (JSON.parse(all) as unknown[])[0];
  const isSame = JSON.stringify(mine(stateOf(stage))) === JSON.stringify(mine(before));
  findings.must(isSame, "the victim's domain is as it was");
  return findings.finding;
}
