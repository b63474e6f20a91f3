import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { enrolmentV1 } from '@org/proto';
import {
  DESCRIPTION,
  DeskRefusal,
  type DeviceConnection,
  DeviceKey,
  GATEWAY_NAME,
  liveOf,
} from '@org/harness';
import { type EnrolmentLane, NotRunning } from './lane.js';

/** In the order in which a device and its operator take them. */
export const STEPS = [
  'begin',
  'lookUp',
  'approve',
  'await',
  'redeem',
  'look',
  'checkIn',
  'renew',
  'use',
] as const;
export type Step = (typeof STEPS)[number];
/**
 * The operator's; `look`: at the new machine, before its certificate is used, as that revokes others. Last, the device
 * checks in with what it has renewed.
 */
type DeskStep = 'lookUp' | 'approve' | 'look';

/** Milliseconds for what no one disturbs. */
const PREPARES_WITHIN_MS = 30_000;
/** Milliseconds between two tries. */
const TRY_AGAIN_MS = 500;
/** gRPC: the same request may be sent again. */
const PASSING: readonly number[] = [
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.RESOURCE_EXHAUSTED,
];
/** HTTP: the same. */
const PASSING_HTTP: readonly number[] = [429, 503];

/**
 * A device with one key, and another to renew with, and its operator, who go through the steps of an enrolment, each as often as it takes. What they
 * know is what they were answered; a server that dies must not make a difference in the end.
 */
export class KilledDevice {
  readonly #key = new DeviceKey();
  readonly #nextKey = new DeviceKey();
  /** How many live certificates its machine had before one was used. */
  liveBeforeUse = NaN;
  #request: Buffer | undefined;
  #renewal: Buffer | undefined;
  #begun: enrolmentV1.BeginResponse | undefined;
  #enrolmentId: string | undefined;
  #redeemed: enrolmentV1.Credentials | undefined;
  #renewed: enrolmentV1.Credentials | undefined;
  readonly #done = new Set<Step>();
  #finishing: Promise<void> | undefined;

  constructor(private readonly lane: EnrolmentLane) {}

  /** Set when it has finished. */
  get credentials(): enrolmentV1.Credentials | undefined {
    return this.#done.has('use') ? this.#renewed : undefined;
  }

  /** Whether its certificates are for its keys, and name its machine. */
  get holdsItsOwn(): boolean {
    const { machineId } = this.#redeemed!;
    return [
      { key: this.#key, certificate: this.#redeemed!.certificate },
      { key: this.#nextKey, certificate: this.#renewed!.certificate },
    ].every(
      ({ key, certificate }) =>
        key.fits(certificate) && new X509Certificate(certificate).subject === `CN=${machineId}`,
    );
  }

  /** Lower-case hex, of its certificate. */
  get serial(): string {
    return new X509Certificate(this.#renewed!.certificate).serialNumber.toLowerCase();
  }

  /** Tries once. @throws whatever came instead of an answer */
  async take(step: Step): Promise<void> {
    if (step === 'lookUp' || step === 'approve' || step === 'look') await this.#atTheDesk(step);
    else await this.#atTheServer(step);
    this.#done.add(step);
  }

  /** Everything up to a step, that one not included. */
  takeUntil(end: Step): Promise<void> {
    return this.#complete(STEPS.slice(0, STEPS.indexOf(end)), AbortSignal.timeout(PREPARES_WITHIN_MS));
  }

  /** All that is left, device and operator at the same time. @throws what no repeating helps against, or Error when it is late */
  finish(signal: AbortSignal): Promise<void> {
    return (this.#finishing ??= this.#goOn(signal));
  }

  async #goOn(signal: AbortSignal): Promise<void> {
    await this.#complete(['begin'], signal);
    await Promise.all([
      this.#complete(['lookUp', 'approve'], signal),
      this.#complete(['await', 'redeem', 'look', 'checkIn', 'renew', 'use'], signal),
    ]);
  }

  async #complete(steps: readonly Step[], signal: AbortSignal): Promise<void> {
    for (const step of steps)
      while (!this.#done.has(step)) {
        try {
          await this.take(step);
        } catch (error) {
          if (!isPassing(error)) throw new Error(`${step}: ${textOf(error)}`, { cause: error });
          if (signal.aborted)
            throw new Error(`it has not got past ${step}: ${textOf(error)}`, { cause: error });
          await delay(TRY_AGAIN_MS);
        }
      }
  }

  async #atTheDesk(step: DeskStep): Promise<void> {
    const { desk } = this.lane;
    if (step === 'lookUp') this.#enrolmentId = (await desk.lookUp(this.#begun!.code)).id;
    else if (step === 'approve') await desk.approve(this.#enrolmentId!, { name: GATEWAY_NAME });
    else this.liveBeforeUse = liveOf(await desk.machine(this.#redeemed!.machineId)).length;
  }

  async #atTheServer(step: Exclude<Step, DeskStep>): Promise<void> {
    const server = this.lane.connect(this.#identityFor(step));
    try {
      await this.#ask(server, step);
    } finally {
      server.close();
    }
  }

  #identityFor(step: Step) {
    if (step === 'checkIn' || step === 'renew') return { key: this.#key, credentials: this.#redeemed! };
    return step === 'use' ? { key: this.#nextKey, credentials: this.#renewed! } : undefined;
  }

  async #ask(server: DeviceConnection, step: Exclude<Step, DeskStep>): Promise<void> {
    this.#request ??= await this.#key.request();
    switch (step) {
      case 'begin':
        this.#begun = await server.begin(this.#request, DESCRIPTION);
        return;
      case 'await':
        await server.approval(this.#begun!.pollingSecret);
        return;
      case 'redeem':
        this.#redeemed = (await server.redeem(this.#begun!.pollingSecret, this.#request)).credentials;
        return;
      case 'renew':
        this.#renewal ??= await this.#nextKey.request();
        this.#renewed = (await server.renew(this.#renewal)).credentials;
        return;
      case 'checkIn':
      case 'use':
        await server.checkIn();
    }
  }
}

/** Whether a device, or an operator, would try again. */
function isPassing(error: unknown): boolean {
  if (error instanceof NotRunning) return true;
  if (error instanceof DeskRefusal) return PASSING_HTTP.includes(error.status);
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'number') return PASSING.includes(code);
  // What `fetch` says of a connection that broke.
  return error instanceof TypeError || code === 'ECONNRESET';
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
