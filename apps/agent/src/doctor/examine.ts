import { type ProvisionError, isProvisionError } from '@org/domain';
import { checkBootstrap } from './bootstrap.js';
import { checkCertificate } from './certificate.js';
import { checkFiles } from './files.js';
import { type Check, type Finding, type Patient, SAID_BY, UNREACHABLE_ADVICE } from './finding.js';
import { checkHost } from './host.js';
import { checkNames } from './names.js';
import { checkProxy } from './proxy.js';
import { checkServer } from './server.js';
import { checkSettings } from './settings.js';
import { checkSpace } from './space.js';
import { checkTls } from './tls.js';

const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ['settings', checkSettings],
  ['files', checkFiles],
  ['device', checkHost],
  ['space', checkSpace],
  ['names', checkNames],
  ['proxy', checkProxy],
  ['tls', checkTls],
  ['server', checkServer],
  ['certificate', checkCertificate],
  ['bootstrap', checkBootstrap],
];

/** Makes every check, whatever the others find. */
export async function examine(patient: Patient): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of CHECKS) {
    try {
      findings.push(...(await check(patient)));
    } catch (error) {
      if (!isProvisionError(error)) throw error;
      findings.push({ check: name, result: 'fail', ...sayingOf(error, name) });
    }
  }
  return findings;
}

function sayingOf({ code, message }: ProvisionError, check: string): Pick<Finding, 'message' | 'advice'> {
  const elsewhere = SAID_BY[code];
  if (elsewhere && elsewhere !== check) return { message: `could not be looked at: see ${elsewhere}` };
  return { message, ...(code === 'server_unreachable' && { advice: UNREACHABLE_ADVICE }) };
}
