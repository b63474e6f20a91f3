import { join } from 'node:path';
import { checkWithOpenssl } from '../certificate.js';
import { type CertificateFacts, OpenSsl } from '../openssl.js';
import { type RevocationFacts, checkRevocation } from '../revocation.js';
import { enrol } from './enrol.js';
import type { Enrolling } from './enrolling.js';
import { checkConfiguration, checkModes, identityOf } from './kept.js';
import { renew, revokeLost, tryRevoked } from './life.js';
import { type TelemetryReport, telemetry } from './telemetry.js';

/** What became of the device that was enrolled by code; no secrets. */
export interface EnrolmentReport {
  readonly machineId: string;
  readonly externalId: string;
  /** Lower-case hex SHA-256 of the public key that it enrolled with, and of the one that it renewed with. */
  readonly keyFingerprint: string;
  readonly renewedKeyFingerprint: string;
  /** Its first one. */
  readonly certificate: CertificateFacts;
  readonly telemetry: TelemetryReport;
  /** What CRL and OCSP say of its last one, once it is revoked. */
  readonly revocation: RevocationFacts;
  /** What the agent says then. */
  readonly refusal: string;
}

/** A device's life: code, approval, certificate, configuration, telemetry, renewal, revocation. */
export async function enrolmentAct(
  enrolling: Enrolling,
  { beforeRevocation }: { readonly beforeRevocation: () => void },
): Promise<EnrolmentReport> {
  const { steps, stage, agent } = enrolling;
  const enrolled = await enrol(enrolling);
  const { machineId, status } = enrolled;
  await checkModes(enrolling);
  const first = await identityOf(agent);
  const certificate = await checkWithOpenssl(steps, {
    folder: join(stage.folder, 'enrolled'),
    files: () => first,
    commonName: machineId,
  });
  const settings = await checkConfiguration(enrolling, enrolled);
  const sent = await telemetry(enrolling, settings);
  const { keyFingerprint: renewedKeyFingerprint } = await renew(enrolling, enrolled);
  beforeRevocation();
  await revokeLost(enrolling, enrolled);
  const folder = join(stage.folder, 'renewed');
  await OpenSsl.open(folder, await identityOf(agent));
  const revocation = await checkRevocation(steps, { url: stage.app.url, folder, expected: 'revoked' });
  return {
    machineId,
    externalId: status.bootstrap.externalId,
    keyFingerprint: status.keyFingerprint,
    renewedKeyFingerprint,
    certificate,
    telemetry: sent,
    revocation,
    refusal: await tryRevoked(enrolling, settings),
  };
}
