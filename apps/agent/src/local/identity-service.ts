import { status } from '@grpc/grpc-js';
import { type Identity, machineCert } from '@org/device';
import { ProvisionError } from '@org/domain';
import type { identity } from '@org/proto';
import type { Calls } from './calls.js';
import { type LocalDevice, standingOf } from './device-port.js';
import { type CryptoErrorName, WireError, cryptoText, told } from './wire-error.js';

/** Files are read, no one is asked. */
const LIMIT_MS = 10_000;

/** mecha-agent's service for who the device is (mecha wire §1.4); every error is UNKNOWN there. */
export function identityService(device: LocalDevice, calls: Calls): identity.IdentityServiceServer {
  const common = { limitMs: LIMIT_MS, wireError, late: () => wireError(LATE) };
  return {
    getMachineId: calls.serve<identity.GetMachineIdRequest, identity.GetMachineIdResponse>({
      name: 'getMachineId',
      work: async () => ({ machineId: (await identityOf(device)).machineId }),
      ...common,
    }),
    /** False also for an identity that cannot be used, or that only a new enrolment helps: the screen offers one. */
    getProvisionStatus: calls.serve<identity.GetProvisionStatusRequest, identity.GetProvisionStatusResponse>({
      name: 'getProvisionStatus',
      work: async () => ({ status: (await standingOf(device)).kind === 'taken' }),
      ...common,
    }),
    getMachineCert: calls.serve<identity.GetMachineCertRequest, identity.GetMachineCertResponse>({
      name: 'getMachineCert',
      work: async () => machineCert(await identityOf(device)),
      ...common,
    }),
  };
}

async function identityOf(device: LocalDevice): Promise<Identity> {
  const { identity: known, problem } = await device.report();
  if (known) return known;
  throw problem ?? NOT_PROVISIONED;
}

const NOT_PROVISIONED = new ProvisionError({
  kind: 'not_found',
  code: 'not_provisioned',
  message: 'this device has no certificate yet',
});

const LATE = new ProvisionError({
  kind: 'unavailable',
  code: 'late',
  message: 'the files of the identity could not be read in time',
});

/** mecha-agent names the key also where the certificate is what is missing, and screens may look for that. */
const NAMES: Readonly<Record<string, CryptoErrorName>> = {
  not_provisioned: 'ReadPrivateKeyError',
  key_missing: 'ReadPrivateKeyError',
  key_exposed: 'ReadPrivateKeyError',
  key_unreadable: 'ReadPrivateKeyError',
  token_failed: 'ReadPrivateKeyError',
  token_unavailable: 'ReadPrivateKeyError',
  certificate_unreadable: 'PemDeserializeError',
  certificate_without_name: 'ExtractSubjectNameError',
  identity_incomplete: 'ReadCertFileError',
};

function wireError(error: unknown): WireError {
  const { code, message } = told(error);
  return new WireError(status.UNKNOWN, cryptoText(NAMES[code] ?? 'UnknownError', message), code);
}
