import { type ErrorCode, type ErrorKind, ProvisionError } from '@org/domain';
import type { LocalDevice } from '../../../src/local/device-port.js';

export const problem = (kind: ErrorKind, code: ErrorCode, message = 'in words'): ProvisionError =>
  new ProvisionError({ kind, code, message });

/** A device without an identity on which nothing works, but what is given. */
export function fakeDevice(parts: Partial<LocalDevice> = {}): LocalDevice {
  const fail = async (): Promise<never> => {
    throw new Error('secret detail');
  };
  return {
    report: async () => ({ state: 'none', enrolling: false }),
    enrolment: { begin: fail, step: fail },
    renewal: { status: async () => undefined },
    server: { ping: fail },
    deprovision: fail,
    ...parts,
  };
}

export const stepping = (step: LocalDevice['enrolment']['step']): LocalDevice =>
  fakeDevice({ enrolment: { begin: () => Promise.reject(new Error('not asked')), step } });
