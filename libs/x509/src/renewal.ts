export interface RenewalOptions {
  /** Of the certificate; milliseconds since 1970, like all times here. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly now: number;
  /** 0 up to 1, drawn once per certificate and kept: spreads devices that were provisioned together. Default 0.5. */
  readonly jitter?: number;
  /** When the server would like it to be renewed; earlier or later than the device would. */
  readonly serverHint?: number;
}

export interface RenewalDue {
  readonly due: boolean;
  /** When it is or was due. */
  readonly at: number;
}

const SHARE_OF_LIFE = 2 / 3;
/** Jitter moves the date by this share of the life, half of it to either side. */
const SPREAD = 1 / 10;
/** A server cannot put a renewal off beyond this share of the life: a tenth is left for repeated attempts. */
const LATEST = 9 / 10;

/** When a certificate is to be renewed: at two thirds of its life, moved by jitter, or when the server says. Pure. */
export function renewalDue({
  notBefore,
  notAfter,
  now,
  jitter = 0.5,
  serverHint,
}: RenewalOptions): RenewalDue {
  const life = notAfter - notBefore;
  const own = notBefore + life * (SHARE_OF_LIFE + SPREAD * (jitter - 0.5));
  const at = Math.round(Math.min(serverHint ?? own, notBefore + life * LATEST));
  return { due: now >= at, at };
}
