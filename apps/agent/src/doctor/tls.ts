import type { DetailedPeerCertificate } from 'node:tls';
import { distanceText, timeText } from '../output/print.js';
import { nameOf, shakeHands } from '../enrolment-api/root-from-handshake.js';
import { type Anchors, serverAnchors } from '../enrolment-api/server-anchors.js';
import { type Finding, type Patient, serverUrl } from './finding.js';

const check = 'tls';
const SOON_MS = 7 * 86_400e3;

const TRUSTED: Readonly<Record<Anchors['from'], string>> = {
  file: 'the file paths.server.cert',
  stored_root: 'the root certificate on the disk',
  fingerprint: 'the root with the fingerprint in the settings',
  system: "the system's authorities",
};

/** Whether the server's certificate is accepted, who signed it, and until when it is good. */
export async function checkTls({ settings, device }: Patient): Promise<readonly Finding[]> {
  const url = serverUrl(settings);
  if (!url.startsWith('https:')) return [{ check, result: 'skipped', message: `${url}: without TLS` }];
  const { provisioning, proxies } = settings;
  const anchors = await serverAnchors(url, { ...provisioning, store: device.store, proxies });
  const { chain, problem } = await shakeHands(url, { anchors: anchors.pem, proxies });
  const [leaf] = chain;
  if (!leaf) return [{ check, result: 'fail', message: `${url}: the server shows no certificate` }];
  const ends = Date.parse(leaf.valid_to);
  const about = `${nameOf(leaf.subject)}, signed by ${nameOf(leaf.issuer)}, until ${timeText(ends)}`;
  if (problem) {
    const message = `${url}: ${about}; not accepted by ${TRUSTED[anchors.from]}: ${problem.message}`;
    return [{ check, result: 'fail', message, advice: adviceOn(problem, leaf) }];
  }
  const now = Date.now();
  if (ends - now > SOON_MS)
    return [{ check, result: 'ok', message: `${url}: ${about}; accepted by ${TRUSTED[anchors.from]}` }];
  const advice = 'The operator of the server has to renew it.';
  return [
    { check, result: 'warn', message: `${url}: ${about}, which is ${distanceText(ends, now)}`, advice },
  ];
}

function adviceOn(problem: Error, { valid_from, valid_to }: DetailedPeerCertificate): string {
  const code = (problem as NodeJS.ErrnoException).code ?? problem.message;
  if (/NOT_YET_VALID|HAS_EXPIRED/.test(code)) {
    return `It is good from ${timeText(Date.parse(valid_from))} to ${timeText(Date.parse(valid_to))}, and the clock here says ${timeText(Date.now())}: set the clock, or have the server's certificate renewed.`;
  }
  if (/ALTNAME/.test(code))
    return 'Use a name in the settings that the certificate is for, or have the name put into it.';
  return "Set provisioning.root_fingerprint to the SHA-256 of the server's root certificate, or put that certificate into paths.server.cert.";
}
