import { ProvisionError, isProvisionError } from '@org/domain';

export const isCode = (error: unknown, ...codes: readonly string[]): error is ProvisionError =>
  isProvisionError(error) && codes.includes(error.code);

export const proofInvalid = () =>
  new ProvisionError({
    kind: 'unauthenticated',
    code: 'proof_invalid',
    message: 'the proof does not show that the sender has the key of its certificate',
  });

/** Not of this authority, or not a machine's. */
export const certificateUnknown = () =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'certificate_unknown',
    message: 'this certificate is not one of a machine enrolled here',
  });

/** This authority made it after the backup that the database was restored from. */
export const certificateNotRecorded = () =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'certificate_not_recorded',
    message:
      'this server made the certificate, but has no record of it, as after a restore from a backup; the device has to be approved again',
  });

export const certificateRevoked = () =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'certificate_revoked',
    message: 'the certificate is revoked; the device has to be enrolled anew',
  });

export const certificateExpired = () =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'certificate_expired',
    message: 'the certificate expired too long ago, or was renewed late too often; enrol the device anew',
  });

/** @param waitMs from now; told in whole seconds, at least one */
export const tooManyRenewals = (waitMs: number) =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'too_many_renewals',
    message: 'this machine has renewed its certificate too often; wait before the next time',
    details: { retryAfter: Math.max(1, Math.ceil(waitMs / 1_000)) },
  });

export const machineUnknown = () =>
  new ProvisionError({ kind: 'not_found', code: 'machine_unknown', message: 'there is no such machine' });

export const machineRevoked = () =>
  new ProvisionError({ kind: 'conflict', code: 'machine_revoked', message: 'the machine is revoked' });

export const legacyDevicesOff = () =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'legacy_devices_off',
    message: 'codes that devices make themselves are not accepted here',
  });

/** One answer to all who may not: a stranger must not learn which machines there are. */
export const reissueRefused = () =>
  new ProvisionError({
    kind: 'forbidden',
    code: 'reissue_refused',
    message: 'no new certificate has been asked of this machine, or it has been given already',
  });

export const csrNameMismatch = () =>
  new ProvisionError({
    kind: 'invalid',
    code: 'csr_name_mismatch',
    message: 'The common name in the request is not the id of this machine.',
  });

export const csrKeyBlocked = () =>
  new ProvisionError({
    kind: 'invalid',
    code: 'csr_key_blocked',
    message:
      'A certificate of this key was revoked because others know the key; the device has to make a new one.',
  });

/** An approval that needs the platform met a service that no longer has one. */
export const platformOff = () =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'platform_off',
    message: 'no platform is configured to make the gateway on',
  });

/** Another process has the approval, or the run of an earlier attempt: it is finished there, or removed. */
export const approvalInProgress = (cause: ProvisionError) =>
  new ProvisionError({
    kind: 'unavailable',
    code: 'approval_in_progress',
    message:
      'this device is being approved already, or what an earlier approval created is being removed; approve it again in a moment',
    cause,
    details: { retryAfter: 2 },
  });

/** The run of an approval may be complete, or removed by now or soon. It is gone on with by itself; asking again is safe. */
export const approvalUnknown = (cause: ProvisionError) =>
  new ProvisionError({
    kind: 'ambiguous',
    code: 'outcome_unknown',
    message:
      'the gateway may have been created, or is being removed again; approve the device again in a moment to go on',
    cause,
    details: { retryAfter: 5 },
  });
