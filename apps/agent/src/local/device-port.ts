import type { EnrolmentStep, Identity, IdentityReport, ShownCode } from '@org/device';
import type { ProvisionError } from '@org/domain';

/** What the local service needs of a device; `Device` has it. */
export interface LocalDevice {
  report(): Promise<IdentityReport>;
  readonly enrolment: {
    begin(signal?: AbortSignal): Promise<ShownCode>;
    step(options: {
      readonly code?: string;
      readonly adopt?: boolean;
      readonly signal?: AbortSignal;
    }): Promise<EnrolmentStep>;
  };
  readonly renewal: { status(): Promise<{ readonly enrolAgain: boolean } | undefined> };
  readonly server: { ping(signal?: AbortSignal): Promise<unknown> };
  deprovision(signal?: AbortSignal): Promise<unknown>;
}

/**
 * How a device stands towards an enrolment that a local program asks for:
 *
 * - `open`: it has no identity, or one that only a new enrolment helps.
 * - `taken`: it has an identity, and nothing asked for here may put another in its place.
 * - `broken`: there is an identity that cannot be used. People have to decide: what is wrong may be a mode or an owner,
 *   and a new enrolment would throw a good key away.
 */
type Standing =
  | { readonly kind: 'open' }
  | { readonly kind: 'taken'; readonly identity: Identity }
  | { readonly kind: 'broken'; readonly problem: ProvisionError };

export async function standingOf(device: LocalDevice): Promise<Standing> {
  const { identity, problem } = await device.report();
  if (problem) return { kind: 'broken', problem };
  if (!identity) return { kind: 'open' };
  const renewal = await device.renewal.status();
  return renewal?.enrolAgain ? { kind: 'open' } : { kind: 'taken', identity };
}
