import { type ErrorCode, type ErrorKind, ProvisionError, Secret } from '@org/domain';
import { readCsr, readPem } from '@org/x509';
import { type EnrolmentClient, type Issued, ServerError } from '../../src/index.js';
import { DAY, HOUR, type TestAuthority } from './authority.js';

/**
 * What our server does, as far as a device can tell: a code belongs to a key, approving it makes one machine, and the
 * same key gets the same certificate as often as it asks.
 */
export class FakeServer implements EnrolmentClient {
  readonly machines = new Map<string, string>();
  readonly certificates = new Map<string, Issued>();
  readonly calls: string[] = [];
  readonly #codes = new Map<
    string,
    { key: string; secret: string; state: 'pending' | 'approved' | 'denied' }
  >();
  /** The error that every call, or every call of a name, ends in; a kind is what the server itself answers. */
  fails: ErrorKind | { [call: string]: ErrorKind | ProvisionError } | undefined;
  time: (() => number) | undefined;
  /** Of the certificates. */
  lifetimeMs = 90 * DAY;

  constructor(
    readonly authority: TestAuthority,
    readonly clock: { now(): number } = authority.clock,
  ) {}

  approve(code: string): void {
    const entry = this.#codes.get(code)!;
    entry.state = 'approved';
    this.machines.set(entry.key, `machine-${this.machines.size + 1}`);
  }

  deny(code: string): void {
    this.#codes.get(code)!.state = 'denied';
  }

  async ping() {
    this.#called('ping');
    return this.time ? { serverTime: this.time() } : {};
  }

  async begin({ csr, keyFingerprint }: Parameters<EnrolmentClient['begin']>[0]) {
    this.#called('begin');
    if (keyOf(csr) !== keyFingerprint) throw new Error('another key');
    const code = `CODE-${this.#codes.size + 1}`;
    this.#codes.set(code, { key: keyFingerprint, secret: `secret-${code}`, state: 'pending' });
    return {
      code,
      secret: new Secret(`secret-${code}`),
      lifetimeMs: HOUR,
      intervalMs: 5000,
    };
  }

  async poll({ code, secret }: Parameters<EnrolmentClient['poll']>[0]) {
    this.#called('poll');
    const entry = this.#codes.get(code);
    if (!entry || entry.secret !== secret?.reveal()) return { state: 'expired' } as const;
    const { state } = entry;
    return state === 'approved' ? ({ state, grant: {} } as const) : ({ state } as const);
  }

  async redeem({ begun, csr }: Parameters<EnrolmentClient['redeem']>[0]) {
    this.#called('redeem');
    const machineId = this.machines.get(keyOf(csr));
    if (!machineId || this.#codes.get(begun.code)?.key !== keyOf(csr)) throw refusal('forbidden');
    return this.#issue(csr, machineId);
  }

  async renew({ identity, csr }: Parameters<EnrolmentClient['renew']>[0]) {
    this.#called('renew');
    return this.#issue(csr, identity.machineId);
  }

  async #issue(csr: string, machineId: string): Promise<Issued> {
    const known = this.certificates.get(keyOf(csr));
    const issued = known ?? (await this.authority.issue(csr, machineId, this.lifetimeMs));
    this.certificates.set(keyOf(csr), issued);
    return issued;
  }

  #called(name: string): void {
    this.calls.push(name);
    const error = typeof this.fails === 'object' ? this.fails[name] : this.fails;
    if (error) throw typeof error === 'string' ? refusal(error) : error;
  }
}

export const refusal = (kind: ErrorKind, code: ErrorCode = 'invalid_request'): ProvisionError =>
  new ServerError({ kind, code, message: 'On purpose.' });

/** Nothing that the server has said. */
export const mishap = (kind: ErrorKind, code: ErrorCode): ProvisionError =>
  new ProvisionError({ kind, code, message: 'On the way, or on the device.' });

function keyOf(csr: string): string {
  return readCsr(readPem(csr)[0]!.der).keyFingerprint;
}
