import type { Metadata } from '@grpc/grpc-js';
import type { MachineProof } from '@org/enrolment';
import { certificateRequired } from '../errors/errors.js';
import { callerOf } from './caller.js';

/** @throws ProvisionError unauthenticated `client_certificate_required` */
export function certificateProof(metadata: Metadata): MachineProof {
  const { certificate } = callerOf(metadata);
  if (certificate) return { kind: 'tls', certificate };
  throw certificateRequired();
}
