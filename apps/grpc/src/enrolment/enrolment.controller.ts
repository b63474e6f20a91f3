import { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { Secret, inField } from '@org/domain';
import type { Enrolments } from '@org/enrolment';
import { certificatePem } from '@org/x509';
import { enrolmentV1 } from '@org/proto';
import { type Observable, map } from 'rxjs';
import { callerOf } from '../calls/caller.js';
import { certificateProof } from '../calls/certificate-proof.js';
import type { Serves } from '../calls/serves.js';
import { ENROLMENTS } from '../enrolments.token.js';
import {
  STATES,
  beginResponse,
  credentialsMessage,
  pollResponse,
  redeemResponse,
  timestamp,
} from './messages.js';
import { Waiting } from './waiting.js';

@Controller()
export class EnrolmentController implements Serves<enrolmentV1.EnrolmentServiceServer> {
  constructor(
    @Inject(ENROLMENTS) private readonly enrolments: Enrolments,
    private readonly waiting: Waiting,
  ) {}

  @GrpcMethod('EnrolmentService', 'Begin')
  async begin({ csr, device }: enrolmentV1.BeginRequest, metadata: Metadata) {
    const { address } = callerOf(metadata);
    const begun = this.enrolments.begin({ csr, device: device ?? {}, origin: address });
    return beginResponse(await begun.catch(inField('csr')));
  }

  @GrpcMethod('EnrolmentService', 'Poll')
  async poll(request: enrolmentV1.PollRequest) {
    return pollResponse(await this.enrolments.poll(credentialsOf(request)));
  }

  @GrpcMethod('EnrolmentService', 'Await')
  await(request: enrolmentV1.AwaitRequest, metadata: Metadata): Observable<enrolmentV1.AwaitResponse> {
    const { address } = callerOf(metadata);
    const states = this.waiting.states(address, () => this.enrolments.stateOf(credentialsOf(request)));
    return states.pipe(map(({ state, machineId = '' }) => ({ state: STATES[state], machineId })));
  }

  @GrpcMethod('EnrolmentService', 'Redeem')
  async redeem(request: enrolmentV1.RedeemRequest) {
    const redeemed = this.enrolments.redeem({ credentials: credentialsOf(request), csr: request.csr });
    return redeemResponse(await redeemed.catch(inField('csr')));
  }

  @GrpcMethod('EnrolmentService', 'Renew')
  async renew({ csr, proof }: enrolmentV1.RenewRequest, metadata: Metadata) {
    const shown = proof ? ({ kind: 'signature', ...proof } as const) : certificateProof(metadata);
    const renewed = this.enrolments.renew({ csr, proof: shown });
    return { credentials: credentialsMessage(await renewed.catch(inField('csr'))) };
  }

  @GrpcMethod('EnrolmentService', 'CheckIn')
  async checkIn(_request: enrolmentV1.CheckInRequest, metadata: Metadata) {
    const checkedIn = await this.enrolments.checkIn(certificateProof(metadata));
    const { machineId, serverTime, renewAt } = checkedIn;
    return { machineId, serverTime: timestamp(serverTime), renewAt: timestamp(renewAt) };
  }

  @GrpcMethod('EnrolmentService', 'GetTrustAnchors')
  async getTrustAnchors() {
    return { certificates: this.enrolments.trustAnchors().map((der) => certificatePem(der)) };
  }
}

const credentialsOf = ({ pollingSecret }: { readonly pollingSecret: string }) => ({
  pollingSecret: new Secret(pollingSecret),
});
