import type { EnrolmentState, RevocationReason, Secret } from '@org/domain';
import { type Decode, type RequestOptions, fromJson, path } from '@org/http-client';
import type { CallOptions } from './call-options.js';
import type {
  Enrolment,
  EnrolmentsPage,
  Machine,
  MachineWithCertificates,
  MachinesPage,
} from './operator-types.js';
import {
  type WireEnrolment,
  type WireEnrolments,
  type WireMachine,
  type WireMachines,
  enrolmentFromWire,
  enrolmentsFromWire,
  machineFromWire,
  machineWithCertificatesFromWire,
  machinesFromWire,
} from './operator-wire.js';

/** Which enrolment or machine. */
export interface ItemRef {
  readonly domainId: string;
  readonly id: string;
}

export interface Paging {
  readonly offset?: number;
  /** 1 to 100, default 10. */
  readonly limit?: number;
}

export interface Approval extends ItemRef {
  /** The gateway's; need not be unique. */
  readonly name: string;
  /** A generated one when absent. */
  readonly externalId?: string;
  /** Best left out: a generated one goes to the device, and to no one else. */
  readonly externalKey?: Secret | string;
  /** Name of a configured layout; the main one when absent. */
  readonly layout?: string;
}

/** Which devices that wait: exactly one of the three. */
export type PendingSelection =
  | { readonly ids: readonly string[] }
  /** An IP address or network, such as `192.0.2.0/24` or `2001:db8::/48`. */
  | { readonly origin: string }
  | { readonly all: true };

/** Devices that want in. All calls may be repeated. */
export interface EnrolmentsApi {
  /**
   * The device that shows a code, to be compared before it is approved. `not_found` (`code_unknown`) when none does;
   * `unavailable` (`too_many_attempts`) after too many wrong codes.
   */
  lookUp(
    question: { readonly domainId: string; readonly code: string },
    options?: CallOptions,
  ): Promise<Enrolment>;
  /** The domain's, latest first; devices that no one has decided about belong to no domain. */
  list(
    domainId: string,
    query?: Paging & { readonly state?: EnrolmentState },
    options?: CallOptions,
  ): Promise<EnrolmentsPage>;
  /** Those that wait, in no domain yet, latest first. `forbidden` for all but operators of the service's configuration. */
  listPending(query?: Paging & { readonly origin?: string }, options?: CallOptions): Promise<EnrolmentsPage>;
  /** Ends the wait of some of them, as after a flood. `forbidden` as `listPending`. @returns how many */
  dropPending(which: PendingSelection, options?: CallOptions): Promise<number>;
  get(subject: ItemRef, options?: CallOptions): Promise<Enrolment>;
  /** Provisions its gateway, and lets it fetch its certificate. `conflict` when the code has expired. */
  approve(approval: Approval, options?: CallOptions): Promise<Enrolment>;
  /** Refuses it, or takes an approval back. `conflict` when it has its certificate already. */
  deny(subject: ItemRef, options?: CallOptions): Promise<Enrolment>;
}

/** Devices that are in. All calls may be repeated. */
export interface MachinesApi {
  list(
    domainId: string,
    query?: Paging & { readonly state?: Machine['state']; readonly after?: string },
    options?: CallOptions,
  ): Promise<MachinesPage>;
  get(subject: ItemRef, options?: CallOptions): Promise<MachineWithCertificates>;
  /** Revokes all its certificates, for good. @param call.removeGateway also from the platform; default false */
  revoke(
    call: ItemRef & { readonly reason?: RevocationReason; readonly removeGateway?: boolean },
    options?: CallOptions,
  ): Promise<Machine>;
  /** Asks it to get a new certificate when it next calls. `conflict` when it is revoked. */
  reissue(subject: ItemRef, options?: CallOptions): Promise<Machine>;
}

/**
 * Sends with the client's token, and rejects with `ProvisionApiError`: also when `makeRequest` throws, for an id that no
 * path can address.
 */
export type Send = <T>(makeRequest: () => RequestOptions & { decode: Decode<T> }) => Promise<T>;

const enrolment = fromJson<WireEnrolment, Enrolment>(enrolmentFromWire);
const machine = fromJson<WireMachine, Machine>(machineFromWire);
const OK = { expect: [200] } as const;
/** The service does nothing twice, so that a lost response can be asked for again. */
const REPEATABLE_POST = { method: 'POST', repeatable: true, ...OK } as const;

export const enrolmentsApi = (send: Send): EnrolmentsApi => ({
  lookUp: async ({ domainId, code }, { signal } = {}) =>
    send(() => ({
      operation: 'look_up_enrolment',
      ...REPEATABLE_POST,
      path: path`/${domainId}/enrolments/lookup`,
      json: { code },
      signal,
      decode: enrolment,
    })),
  list: async (domainId, { offset, limit, state } = {}, { signal } = {}) =>
    send(() => ({
      operation: 'list_enrolments',
      method: 'GET',
      ...OK,
      path: path`/${domainId}/enrolments`,
      query: { offset, limit, state },
      signal,
      decode: fromJson<WireEnrolments, EnrolmentsPage>(enrolmentsFromWire),
    })),
  listPending: async ({ offset, limit, origin } = {}, { signal } = {}) =>
    send(() => ({
      operation: 'list_pending_enrolments',
      method: 'GET',
      ...OK,
      path: path`/v1/enrolments/pending`,
      query: { offset, limit, origin },
      signal,
      decode: fromJson<WireEnrolments, EnrolmentsPage>(enrolmentsFromWire),
    })),
  dropPending: async (which, { signal } = {}) =>
    send(() => ({
      operation: 'drop_pending_enrolments',
      ...REPEATABLE_POST,
      path: path`/v1/enrolments/pending/drop`,
      json: which,
      signal,
      decode: fromJson<{ dropped: number }, number>(({ dropped }) => dropped ?? 0),
    })),
  get: async ({ domainId, id }, { signal } = {}) =>
    send(() => ({
      operation: 'show_enrolment',
      method: 'GET',
      ...OK,
      path: path`/${domainId}/enrolments/${id}`,
      signal,
      decode: enrolment,
    })),
  approve: async ({ domainId, id, name, externalId, externalKey, layout }, { signal } = {}) =>
    send(() => ({
      operation: 'approve_enrolment',
      ...REPEATABLE_POST,
      path: path`/${domainId}/enrolments/${id}/approve`,
      json: {
        name,
        external_id: externalId,
        external_key: typeof externalKey === 'object' ? externalKey.reveal() : externalKey,
        layout,
      },
      signal,
      decode: enrolment,
    })),
  deny: async ({ domainId, id }, { signal } = {}) =>
    send(() => ({
      operation: 'deny_enrolment',
      ...REPEATABLE_POST,
      path: path`/${domainId}/enrolments/${id}/deny`,
      signal,
      decode: enrolment,
    })),
});

export const machinesApi = (send: Send): MachinesApi => ({
  list: async (domainId, { offset, limit, state, after } = {}, { signal } = {}) =>
    send(() => ({
      operation: 'list_machines',
      method: 'GET',
      ...OK,
      path: path`/${domainId}/machines`,
      query: { offset, limit, state, after },
      signal,
      decode: fromJson<WireMachines, MachinesPage>(machinesFromWire),
    })),
  get: async ({ domainId, id }, { signal } = {}) =>
    send(() => ({
      operation: 'show_machine',
      method: 'GET',
      ...OK,
      path: path`/${domainId}/machines/${id}`,
      signal,
      decode: fromJson<WireMachine, MachineWithCertificates>(machineWithCertificatesFromWire),
    })),
  revoke: async ({ domainId, id, reason, removeGateway }, { signal } = {}) =>
    send(() => ({
      operation: 'revoke_machine',
      ...REPEATABLE_POST,
      path: path`/${domainId}/machines/${id}/revoke`,
      json: { reason, remove_gateway: removeGateway },
      signal,
      decode: machine,
    })),
  reissue: async ({ domainId, id }, { signal } = {}) =>
    send(() => ({
      operation: 'reissue_machine',
      ...REPEATABLE_POST,
      path: path`/${domainId}/machines/${id}/reissue`,
      signal,
      decode: machine,
    })),
});
