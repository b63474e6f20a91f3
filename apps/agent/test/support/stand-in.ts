import { verify, X509Certificate } from 'node:crypto';
import type { ServerHttp2Stream } from 'node:http2';
import { type SecureContextOptions, TLSSocket } from 'node:tls';
import {
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  Metadata,
  Server,
  ServerCredentials,
  status,
} from '@grpc/grpc-js';
import { type Clock, systemClock } from '@org/domain';
import { readCsr, readPem } from '@org/x509';
import { enrolmentV1, provisioning } from '@org/proto';
import type { TestAuthority } from './authority.js';
import { statusDetails } from './status-details.js';

const { EnrolmentServiceService, EnrolmentState } = enrolmentV1;
const { ProvisioningServiceService } = provisioning;

interface Waiting {
  readonly code: string;
  readonly secret: string;
  readonly key: string;
  state: enrolmentV1.EnrolmentState;
  machineId: string;
}

/** A refusal as our server makes them. */
export interface Refusal {
  readonly code: status;
  readonly reason: string;
  readonly retryAfterS?: number;
}

export interface StandInOptions {
  readonly authority: TestAuthority;
  /** False: without TLS. */
  readonly tls?: boolean;
  /** False: a gRPC server that does not have the EnrolmentService. */
  readonly enrols?: boolean;
  /** What devices get with their first certificate. */
  readonly bootstrap?: enrolmentV1.Bootstrap;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Who issues to devices; default: `authority`, who always issues to this server. */
  readonly issuer?: TestAuthority;
  /** Certificates beside the issuer's, PEM. */
  readonly bridges?: readonly string[];
  /** Certificates that an earlier one has issued, by fingerprint of their keys. */
  readonly certificates?: ReadonlyMap<string, string>;
  /** Enrolments that have begun at an earlier one, by their secrets. */
  readonly waiting?: ReadonlyMap<string, Waiting>;
}

/**
 * Our server, as far as a device can tell: a code belongs to a key, approving it makes one machine, and the same key
 * gets the same certificate as often as it asks. Client certificates are asked for, and known by their fingerprint.
 */
export class StandIn {
  readonly calls: string[] = [];
  readonly described: (enrolmentV1.Device | undefined)[] = [];
  readonly waiting: Map<string, Waiting>;
  readonly certificates: Map<string, string>;
  readonly machines = new Set<string>();
  readonly deprovisioned: string[] = [];
  /** Refuses calls by their name. */
  readonly refusals = new Map<string, Refusal>();
  /** How many calls have come with a certificate that was issued here. */
  shown = 0;
  renewAt: number | undefined;
  lifetimeMs: number | undefined;
  readonly #streams = new Map<
    string,
    ServerWritableStream<enrolmentV1.AwaitRequest, enrolmentV1.AwaitResponse>
  >();
  readonly #server = new Server();

  private constructor(
    readonly options: StandInOptions,
    readonly port: number,
  ) {
    this.certificates = new Map(options.certificates);
    this.waiting = new Map(options.waiting);
  }

  get #clock(): Clock {
    return this.options.clock ?? systemClock;
  }

  static async start(options: StandInOptions, at = 0): Promise<StandIn> {
    const { authority, tls = true, enrols = true } = options;
    const { key, chain } = await authority.serverIdentity();
    const credentials = tls
      ? new AskingCredentials({ key, cert: chain, ca: authority.rootPem })
      : ServerCredentials.createInsecure();
    const standIn = new StandIn(options, at);
    const server = standIn.#server;
    if (enrols) server.addService(EnrolmentServiceService, standIn.#enrolment());
    server.addService(ProvisioningServiceService, standIn.#provisioning());
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(`127.0.0.1:${at}`, credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return Object.assign(standIn, { port });
  }

  get url(): string {
    return `${this.options.tls === false ? 'http' : 'https'}://localhost:${this.port}`;
  }

  approve(code = [...this.waiting.values()].at(-1)!.code): string {
    const entry = [...this.waiting.values()].find((each) => each.code === code)!;
    entry.machineId = `machine-${this.machines.size + 1}`;
    this.machines.add(entry.machineId);
    this.#become(entry, EnrolmentState.ENROLMENT_STATE_APPROVED);
    return entry.machineId;
  }

  deny(): void {
    this.#become([...this.waiting.values()].at(-1)!, EnrolmentState.ENROLMENT_STATE_DENIED);
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #become(entry: Waiting, state: enrolmentV1.EnrolmentState): void {
    entry.state = state;
    const stream = this.#streams.get(entry.secret);
    stream?.write({ state, machineId: entry.machineId });
    stream?.end();
    this.#streams.delete(entry.secret);
  }

  #enrolment(): enrolmentV1.EnrolmentServiceServer {
    return {
      begin: this.#unary('begin', async ({ request }) => this.#begin(request)),
      poll: this.#unary('poll', async ({ request }) => {
        const { state, machineId } = this.#entry(request.pollingSecret);
        return { state, machineId, slowDown: false, intervalSeconds: 1 };
      }),
      await: (call) => {
        this.calls.push('await');
        const { state, machineId, secret } = this.#entry(call.request.pollingSecret);
        call.write({ state, machineId });
        if (state === EnrolmentState.ENROLMENT_STATE_PENDING) this.#streams.set(secret, call);
        else call.end();
      },
      redeem: this.#unary('redeem', async ({ request }) => {
        const entry = this.#entry(request.pollingSecret);
        if (keyOf(request.csr) !== entry.key) throw refusal(status.PERMISSION_DENIED, 'another_key');
        if (entry.state === EnrolmentState.ENROLMENT_STATE_PENDING) {
          throw refusal(status.FAILED_PRECONDITION, 'not_approved');
        }
        entry.state = EnrolmentState.ENROLMENT_STATE_REDEEMED;
        const credentials = await this.#credentials(request.csr, entry.machineId);
        return { credentials, bootstrap: this.options.bootstrap };
      }),
      renew: this.#unary('renew', async (call) => {
        const { csr, proof } = call.request;
        const machineId = proof ? this.#proven(proof, csr) : this.#shown(call);
        if (machineId === undefined) throw refusal(status.UNAUTHENTICATED, 'proof_missing');
        return { credentials: await this.#credentials(csr, machineId) };
      }),
      checkIn: this.#unary('checkIn', async (call) => {
        const machineId = this.#shown(call);
        if (machineId === undefined) throw refusal(status.UNAUTHENTICATED, 'certificate_missing');
        const renewAt = this.renewAt === undefined ? undefined : timestamp(this.renewAt);
        return { machineId, serverTime: timestamp(this.#clock.now()), renewAt };
      }),
      getTrustAnchors: this.#unary('getTrustAnchors', async () => ({
        certificates: [this.options.authority.rootPem],
      })),
    };
  }

  #provisioning(): provisioning.ProvisioningServiceServer {
    const absent = async (): Promise<never> => {
      throw refusal(status.UNIMPLEMENTED, '');
    };
    return {
      generateCode: this.#unary('generateCode', absent),
      provisionByCode: this.#unary('provisionByCode', absent),
      ping: this.#unary('ping', absent),
      deprovision: this.#unary('deprovision', async (call) => {
        const machineId = this.#shown(call);
        if (machineId === undefined) throw refusal(status.UNAUTHENTICATED, 'certificate_missing');
        if (this.deprovisioned.includes(machineId)) {
          throw refusal(status.PERMISSION_DENIED, 'certificate_revoked');
        }
        this.deprovisioned.push(machineId);
        return { success: true };
      }),
    };
  }

  #begin({ csr, device }: enrolmentV1.BeginRequest): enrolmentV1.BeginResponse {
    const key = keyOf(csr);
    const at = this.waiting.size;
    const code = `BCDF-GHJ${'KLMNPQRSTVWXZ'[at]}`;
    const entry = {
      code,
      secret: `secret-${at}`,
      key,
      state: EnrolmentState.ENROLMENT_STATE_PENDING,
      machineId: '',
    };
    this.waiting.set(entry.secret, entry);
    this.described.push(device);
    return {
      code,
      pollingSecret: entry.secret,
      verificationUrl: 'https://provision.example/enrol',
      lifetimeSeconds: 600,
      intervalSeconds: 1,
      keyFingerprint: key,
    };
  }

  #entry(secret: string): Waiting {
    const entry = this.waiting.get(secret);
    if (!entry) throw refusal(status.NOT_FOUND, 'enrolment_unknown');
    return entry;
  }

  async #credentials(csr: Uint8Array, machineId: string): Promise<enrolmentV1.Credentials> {
    const { issuer = this.options.authority, bridges = [] } = this.options;
    const terms = { lifetimeMs: this.lifetimeMs, clock: this.#clock };
    const key = keyOf(csr);
    const certificate = this.certificates.get(key) ?? (await issuer.issue(csr, machineId, terms));
    this.certificates.set(key, certificate);
    const { issuingPem, rootPem: root } = issuer;
    return { machineId, certificate, caBundle: [issuingPem, ...bridges], root, renewAt: undefined };
  }

  /** Who the certificate of the connection says; only certificates that were issued here count. */
  #shown(call: ServerUnaryCall<unknown, unknown>): string | undefined {
    const machineId = this.#known(certificateOf(call));
    if (machineId !== undefined) this.shown += 1;
    return machineId;
  }

  #proven({ certificate, signature }: enrolmentV1.KeyProof, csr: Uint8Array): string | undefined {
    const data = Buffer.concat([Buffer.from('provision.v1.Renew\0'), derOf(csr)]);
    const { publicKey } = new X509Certificate(certificate);
    return verify('sha256', data, publicKey, signature) ? this.#known(Buffer.from(certificate)) : undefined;
  }

  #known(der: Buffer | undefined): string | undefined {
    if (!der) return undefined;
    const { fingerprint256, subject } = new X509Certificate(der);
    const isOurs = [...this.certificates.values()].some(
      (pem) => new X509Certificate(pem).fingerprint256 === fingerprint256,
    );
    return isOurs ? /CN=(.*)/.exec(subject)?.[1] : undefined;
  }

  #unary<Q, A>(
    name: string,
    work: (call: ServerUnaryCall<Q, A>) => Promise<A>,
  ): (call: ServerUnaryCall<Q, A>, callback: sendUnaryData<A>) => void {
    return (call, callback) => {
      this.calls.push(name);
      const metadata = new Metadata();
      metadata.set('date', new Date(this.#clock.now()).toUTCString());
      call.sendMetadata(metadata);
      const refused = this.refusals.get(name);
      const answer = refused
        ? Promise.reject(refusal(refused.code, refused.reason, refused.retryAfterS))
        : work(call);
      answer.then(
        (value) => callback(null, value),
        (error: object) => callback(error),
      );
    };
  }
}

function refusal(code: status, reason: string, retryAfterS?: number): object {
  const metadata = new Metadata();
  if (reason) metadata.set('grpc-status-details-bin', statusDetails({ code, reason, retryAfterS }));
  return { code, details: `Refused: ${reason}.`, metadata };
}

/** Asks for client certificates, and takes connections without one. */
class AskingCredentials extends ServerCredentials {
  constructor(tls: SecureContextOptions) {
    super({ requestCert: true, rejectUnauthorized: false }, tls);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** grpc-js itself shows only certificates that were valid by the system's clock. */
function certificateOf(call: object): Buffer | undefined {
  const { stream } = (call as { call: { stream: ServerHttp2Stream } }).call;
  const socket = stream.session?.socket;
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
}

const derOf = (csr: Uint8Array): Buffer => readPem(Buffer.from(csr).toString())[0]!.der;
const keyOf = (csr: Uint8Array): string => readCsr(derOf(csr)).keyFingerprint;

const timestamp = (ms: number): { seconds: string; nanos: number } => ({
  seconds: String(Math.floor(ms / 1000)),
  nanos: (ms % 1000) * 1e6,
});
