import type { Enrolment } from '@org/code-issuance';
import type { Gateway } from '../machines/machine-store.js';
import { type Fields, type Sealed, sealed } from '../sealed.js';

/** All that it takes to do an approval's work again: what is kept while it is under way. */
export interface ApprovalRequest {
  readonly step: 'order';
  readonly name: string;
  readonly externalId: string;
  readonly externalKey: string;
  /** The main one when absent. */
  readonly layout?: string;
  /** Of this attempt: a repeated one meets the first one's run, and a new one after a failure does not. */
  readonly idempotencyKey: string;
  /** The operator's. */
  readonly token?: string;
}

/** What a device fetches its configuration with. */
export interface Bootstrap {
  readonly externalId: string;
  readonly externalKey: string;
}

/** What a complete approval gave. */
export interface ApprovalResult {
  readonly step: 'made';
  readonly machineId: string;
  readonly name: string;
  /** Absent where no platform is configured, like the next. */
  readonly gateway?: Gateway;
  readonly bootstrap?: Bootstrap;
  /**
   * The operator's, kept until the device redeems: should it never, the gateway is to be removed, and the service may have
   * no credentials of its own.
   */
  readonly token?: string;
}

/** It holds the device's external key and, for a while, the operator's token. */
export const APPROVAL: Sealed<ApprovalRequest | ApprovalResult> = sealed((fields) => {
  return fields.text('step') === 'made' ? resultIn(fields) : requestIn(fields);
});

const requestIn = (fields: Fields): ApprovalRequest => ({
  step: 'order',
  name: fields.text('name'),
  externalId: fields.text('externalId'),
  externalKey: fields.text('externalKey'),
  idempotencyKey: fields.text('idempotencyKey'),
  ...fields.optional('layout', () => fields.text('layout')),
  ...fields.optional('token', () => fields.text('token')),
});

const resultIn = (fields: Fields): ApprovalResult => ({
  step: 'made',
  machineId: fields.text('machineId'),
  name: fields.text('name'),
  ...fields.optional('gateway', () => fields.object('gateway', gatewayIn)),
  ...fields.optional('bootstrap', () => fields.object('bootstrap', bootstrapIn)),
  ...fields.optional('token', () => fields.text('token')),
});

const gatewayIn = (fields: Fields): Gateway => ({
  runId: fields.text('runId'),
  externalId: fields.text('externalId'),
  clientIds: fields.texts('clientIds'),
  channelIds: fields.texts('channelIds'),
  configurationId: undefined,
  ...fields.optional('configurationId', () => fields.text('configurationId')),
});

export const bootstrapIn = (fields: Fields): Bootstrap => ({
  externalId: fields.text('externalId'),
  externalKey: fields.text('externalKey'),
});

/** Without what no one needs once the device has redeemed. */
export const withoutToken = <T extends ApprovalRequest | ApprovalResult>({
  token: _,
  ...rest
}: T): Omit<T, 'token'> => rest;

/** Of an approval that is undone: no one needs its secrets any more. */
export function withoutSecrets(content: ApprovalRequest | ApprovalResult): ApprovalRequest | ApprovalResult {
  if (content.step === 'order') return { ...withoutToken(content), externalKey: '' };
  const { bootstrap } = content;
  return { ...withoutToken(content), ...(bootstrap && { bootstrap: { ...bootstrap, externalKey: '' } }) };
}

/** What an enrolment's approval gave; undefined unless it is complete. */
export function madeBy({ approval, state }: Enrolment): ApprovalResult | undefined {
  if (!approval || state === 'approving') return undefined;
  const content = APPROVAL.read(approval.payload);
  return content.step === 'made' ? content : undefined;
}

export const machineIdOf = (enrolment: Enrolment): string | undefined => madeBy(enrolment)?.machineId;
