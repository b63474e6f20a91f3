import { type AttackCase, type Finding, Findings } from '../case.js';
import type { Stage } from '../stage.js';
import { approve, newRequest } from '../support/device.js';
import { type Answer, request } from '../support/http.js';

const DEVICE = '127.0.0.41';
const THIEF = '127.0.0.42';

export const tickets: readonly AttackCase[] = [
  {
    id: 'tickets/replay',
    does: "reads a legacy device's ticket off the wire and uses it: from elsewhere, with another key, and again",
    holds: 'only the device gets a certificate; it gets the same again when its answer was lost',
    short: true,
    run: replay,
  },
  {
    id: 'tickets/guessing',
    does: 'tries tickets that no one was given',
    holds: 'refused, whatever machine they name',
    run: guessTickets,
  },
];

/** What a legacy device is told once its code is approved. */
interface Manifest {
  readonly machine_id: string;
  readonly cert_sign_url: string;
}

let count = 0;
const newCode = (): string => `ATK${String((count += 1)).padStart(3, '2')}`;

const find = ({ http }: Stage, code: string): Promise<Answer> =>
  request(`${http.url}/v1/provisioning/manifest/find?code=${code}`, { from: DEVICE });

const sign = (
  { http }: Stage,
  { cert_sign_url, machine_id }: Manifest,
  { csr, from }: { readonly csr: string; readonly from: string },
): Promise<Answer> =>
  request(http.url + cert_sign_url, {
    from,
    body: JSON.stringify({ csr, machine_id, request_type: 'Provision' }),
  });

const certificateIn = ({ text }: Answer): string | undefined =>
  (JSON.parse(text) as { payload?: { cert?: string } | null }).payload?.cert;

async function replay(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const code = newCode();
  await find(stage, code);
  const approved = await approve(stage, code, 'legacy press');
  findings.must(approved.status === 200, `approved: ${approved.status}`);
  const { payload } = JSON.parse((await find(stage, code)).text) as { payload: Manifest };
  const requestOf = () => newRequest({ commonName: payload.machine_id });
  const [own, thiefs] = [await requestOf(), await requestOf()];
  const early = await sign(stage, payload, { csr: thiefs, from: THIEF });
  const first = await sign(stage, payload, { csr: own, from: DEVICE });
  const again = await sign(stage, payload, { csr: own, from: DEVICE });
  const late = await sign(stage, payload, { csr: thiefs, from: THIEF });
  const sameAddress = await sign(stage, payload, { csr: thiefs, from: DEVICE });
  findings.must(certificateIn(first) !== undefined, `the device: ${first.status}`);
  findings.must(certificateIn(again) === certificateIn(first), `the device again: ${again.status}`);
  for (const [what, answer] of Object.entries({ early, late, sameAddress }))
    findings.must(certificateIn(answer) === undefined, `thief, ${what}: ${answer.status}`);
  return findings.finding;
}

async function guessTickets(stage: Stage): Promise<Finding> {
  const findings = new Findings();
  const csr = await newRequest({ commonName: 'machine-1' });
  for (const ticket of ['', 'x', 'a'.repeat(43), '../../etc/passwd', '%00', "' OR 1=1 --"]) {
    const cert_sign_url = `/v1/provisioning/cert/sign?ticket=${encodeURIComponent(ticket)}`;
    const answer = await sign(stage, { machine_id: 'machine-1', cert_sign_url }, { csr, from: THIEF });
    findings.must(answer.status >= 400 && answer.status < 500, `${JSON.stringify(ticket)}: ${answer.status}`);
  }
  return findings.finding;
}
