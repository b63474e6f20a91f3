import { Secret } from '@org/domain';
import { type IssuedJson, issuedFromJson, issuedToJson } from '../identity/access-json.js';
import type { Issued } from '../identity/issued.js';

/** What an attempt was at: reaching the server, making the key, asking, checking, connecting, replacing. */
export type RenewalStep = 'contact' | 'key' | 'request' | 'check' | 'test' | 'swap';

/** One attempt, for `status`. */
export interface RenewalAttempt {
  /** Milliseconds since 1970, by the device's corrected clock. */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The last one begun. */
  readonly step: RenewalStep;
  /** - `not_due`: by the server's time of day there was nothing to do.
   *  - `interrupted`: the agent was stopped. */
  readonly outcome: 'running' | 'renewed' | 'not_due' | 'failed' | 'interrupted';
  /** The error's code and message, which are safe to show. */
  readonly code?: string;
  readonly message?: string;
}

/** A new certificate that has been fetched and waits for its test. */
export interface Staged {
  readonly issued: Issued;
  readonly csr: string;
  /** Tests that failed for reasons that may pass. */
  readonly failedTests: number;
}

export interface RenewalState {
  /** Fingerprint of the certificate that the rest is about. */
  readonly certificate: string;
  readonly serverHint?: number;
  readonly backOff?: { readonly at: number; readonly until: number; readonly pauseMs: number };
  readonly staged?: Staged;
  /** The server has refused to renew the certificate, which has expired or is not on record: only a new enrolment helps. */
  readonly enrolAgain: boolean;
  /** The server has said that this certificate is revoked, and not since that it accepts it. */
  readonly revoked?: boolean;
  /** The latest ones, oldest first. */
  readonly attempts: readonly RenewalAttempt[];
}

const ATTEMPTS_KEPT = 20;

type StateJson = Omit<RenewalState, 'staged'> & {
  readonly version: 1;
  readonly staged?: Omit<Staged, 'issued'> & { readonly issued: IssuedJson };
};

/** @param attempts those of the certificate before */
export const initialState = (
  certificate: string,
  {
    serverHint,
    attempts = [],
  }: { readonly serverHint?: number; readonly attempts?: readonly RenewalAttempt[] } = {},
): RenewalState => ({ certificate, serverHint, attempts, enrolAgain: false });

export function formatState({ staged, attempts, ...state }: RenewalState): Secret {
  const json: StateJson = {
    version: 1,
    ...state,
    ...(staged && { staged: { ...staged, issued: issuedToJson(staged.issued) } }),
    attempts: attempts.slice(-ATTEMPTS_KEPT),
  };
  return new Secret(`${JSON.stringify(json, undefined, 2)}\n`);
}

/** The state of a certificate. One that cannot be read, or is about another, gives a new one. */
export function readState(text: string | undefined, certificate: string): RenewalState {
  try {
    const { version, staged, ...state } = JSON.parse(text ?? '') as StateJson;
    if (version !== 1 || !Array.isArray(state.attempts)) return initialState(certificate);
    if (state.certificate !== certificate) return initialState(certificate, { attempts: state.attempts });
    return { ...state, ...(staged && { staged: { ...staged, issued: issuedFromJson(staged.issued) } }) };
  } catch {
    return initialState(certificate);
  }
}
