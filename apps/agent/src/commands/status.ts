import { existsSync } from 'node:fs';
import type { RenewalStatus } from '@org/device';
import { bootstrapping } from '../device/bootstrap-status.js';
import { Device } from '../device/device.js';
import { lockHolder } from '../device/lock.js';
import { EXIT } from '../exit-codes.js';
import type { JsonOption } from '../options.js';
import { isoTime, print, printJson } from '../output/print.js';
import { type Status, statusText } from '../output/status-text.js';
import { type Where, readSettings } from '../settings/read.js';

/** `provision-agent status`: reads, and changes nothing. */
export async function status(where: Where, { json }: JsonOption): Promise<number> {
  const { settings, path } = readSettings(where);
  const device = await Device.open(settings);
  const now = device.clock.now();
  const found: Status = {
    settings: path,
    hasSettings: existsSync(path),
    report: await device.report(),
    renewal: await device.renewal.status(),
    bootstrap: await bootstrapping(device),
    agent: await lockHolder(settings.paths.state),
    now,
  };
  if (json) printJson(statusJson(found));
  else print(statusText(found));
  if (found.renewal?.revoked) return EXIT.REVOKED;
  return found.report.state === 'provisioned' ? EXIT.DONE : EXIT.NOT_PROVISIONED;
}

function statusJson({ settings, report, renewal, bootstrap, agent }: Status): object {
  const { state, enrolling, identity, problem } = report;
  const certificate = identity?.certificate;
  return {
    state: renewal?.revoked ? 'revoked' : state,
    enrolling,
    machineId: identity?.machineId,
    certificate: certificate && {
      serial: certificate.serial,
      fingerprint: certificate.fingerprint,
      notBefore: isoTime(certificate.notBefore),
      notAfter: isoTime(certificate.notAfter),
      issuer: certificate.x509.issuer.replaceAll('\n', ', '),
    },
    keyFingerprint: identity?.key.fingerprint,
    problem: problem && { code: problem.code, message: problem.message },
    renewal: renewal && renewalJson(renewal),
    bootstrap,
    agent,
    settings,
  };
}

function renewalJson({ decision, enrolAgain, staged, attempts }: RenewalStatus): object {
  return {
    action: decision.action,
    reason: 'reason' in decision ? decision.reason : undefined,
    at: 'until' in decision ? isoTime(decision.until) : undefined,
    enrolAgain,
    staged,
    attempts: attempts.map(({ startedAt, endedAt, ...attempt }) => ({
      startedAt: isoTime(startedAt),
      endedAt: endedAt && isoTime(endedAt),
      ...attempt,
    })),
  };
}
