import { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { Secret } from '@org/domain';
import type { Enrolments } from '@org/enrolment';
import { provisioning } from '@org/proto';
import { callerOf } from '../calls/caller.js';
import { certificateProof } from '../calls/certificate-proof.js';
import type { Serves } from '../calls/serves.js';
import { ENROLMENTS } from '../enrolments.token.js';
import { inWireWords, noCode, notApprovedYet, notDeprovisioned, refusedCode } from './wire-errors.js';

/** mecha-agent's service, served by the server: for screens that talk to it instead of to a device. */
@Controller()
export class ProvisioningController implements Serves<provisioning.ProvisioningServiceServer> {
  constructor(@Inject(ENROLMENTS) private readonly enrolments: Enrolments) {}

  @GrpcMethod('ProvisioningService', 'ping')
  async ping() {
    return { code: 'success', message: '' };
  }

  @GrpcMethod('ProvisioningService', 'generateCode')
  async generateCode(_request: provisioning.Empty, metadata: Metadata) {
    const { address } = callerOf(metadata);
    const code = await inWireWords(noCode, () => this.enrolments.generateCode({ address }));
    return { code: code.reveal() };
  }

  @GrpcMethod('ProvisioningService', 'provisionByCode')
  async provisionByCode({ code }: provisioning.ProvisioningCodeRequest, metadata: Metadata) {
    const { address } = callerOf(metadata);
    const question = { code: new Secret(code), address };
    const state = await inWireWords(refusedCode, () => this.enrolments.watchCode(question));
    if (state === 'waiting') throw notApprovedYet();
    return { success: true };
  }

  @GrpcMethod('ProvisioningService', 'deprovision')
  async deprovision(_request: provisioning.Empty, metadata: Metadata) {
    await inWireWords(notDeprovisioned, () => this.enrolments.deprovision(certificateProof(metadata)));
    return { success: true };
  }
}
