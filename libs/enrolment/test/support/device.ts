import type { Signer } from '@org/x509';
import type {
  EnrolmentBegun,
  Enrolments,
  EnrolmentView,
  Identity,
  MachineProof,
  Operator,
} from '../../src/index.js';
import { renewalMessage } from '../../src/renewal/proof.js';
import { aCsr, aSigner } from './authority.js';
import { ANN } from './world.js';

/** A device, with the key of its choice, that does what the protocol says. */
export class Device {
  begun!: EnrolmentBegun;

  constructor(readonly signer: Signer = aSigner()) {}

  async begin(enrolments: Enrolments, origin = '192.0.2.1'): Promise<this> {
    const device = { model: 'Gate 2', serial: 'A-17' };
    this.begun = await enrolments.begin({ csr: await aCsr(this.signer), device, origin });
    return this;
  }

  get credentials() {
    return { pollingSecret: this.begun.pollingSecret };
  }

  async redeem(enrolments: Enrolments, signer = this.signer): Promise<Identity> {
    return enrolments.redeem({ credentials: this.credentials, csr: await aCsr(signer) });
  }
}

export interface ApproveOptions {
  readonly operator?: Operator;
  readonly domainId?: string;
  readonly externalId?: string;
  readonly layout?: string;
}

/** As an operator does it: types the code in, looks, approves. */
export async function approve(
  enrolments: Enrolments,
  { begun }: Device,
  { operator = ANN, domainId = 'plant', ...rest }: ApproveOptions = {},
): Promise<EnrolmentView> {
  const { id } = await enrolments.lookUp({ code: begun.code, operator, address: '198.51.100.1' });
  return enrolments.approve({ id, domainId, operator, request: { name: 'press-7', ...rest } });
}

/** Begins, approves, redeems. */
export async function enrolled(
  enrolments: Enrolments,
  signer?: Signer,
): Promise<Device & { identity: Identity }> {
  const device = await new Device(signer).begin(enrolments);
  await approve(enrolments, device);
  return Object.assign(device, { identity: await device.redeem(enrolments) });
}

export const tls = ({ credentials }: Identity): MachineProof => ({
  kind: 'tls',
  certificate: credentials.certificate,
});

/** A signature over a certificate request, by the key of a certificate. */
export async function signature(
  certificate: Buffer,
  signer: Signer,
  csr: Buffer,
): Promise<Extract<MachineProof, { kind: 'signature' }>> {
  return { kind: 'signature', certificate, signature: await signer.sign(renewalMessage(csr)) };
}
