import type { JsonObject, Secret } from '@org/domain';

interface DeskOptions {
  /** Of the HTTP app. */
  readonly url: string;
  readonly domainId: string;
  readonly token: Secret;
}

/** A device that shows a code, as the operator sees it; in part. */
export interface ShownEnrolment {
  readonly id: string;
  readonly state: string;
  readonly key_fingerprint?: string;
  readonly device: { readonly model?: string; readonly serial?: string };
  readonly machine_id?: string;
}

/** An enrolled device, as the operator sees it; in part. */
export interface ShownMachine {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly removal_due: boolean;
  /** What its approval made on the platform. */
  readonly gateway?: {
    readonly external_id: string;
    readonly client_ids: readonly string[];
    readonly channel_ids: readonly string[];
    readonly configuration_id?: string;
  };
  readonly certificates: readonly { readonly serial: string; readonly state: string }[];
}

/** Its certificates that are neither revoked nor given up. */
export const liveOf = ({ certificates }: Pick<ShownMachine, 'certificates'>): ShownMachine['certificates'] =>
  certificates.filter(({ state }) => state === 'signed');

interface ApproveRequest {
  readonly name: string;
  readonly external_id?: string;
}

interface RevokeRequest {
  /** As in RFC 5280 §5.3.1. */
  readonly reason?: string;
  readonly remove_gateway?: boolean;
}

/** What the HTTP app refuses. */
export class DeskRefusal extends Error {
  override readonly name = 'DeskRefusal';

  constructor(
    readonly status: number,
    /** Stable. */
    readonly code: string,
    what: string,
  ) {
    super(`${what} was answered ${status}: ${code}`);
  }
}

/** Where an operator deals with devices: the HTTP app's endpoints for enrolments and machines. Methods reject with `DeskRefusal`. */
export class Desk {
  constructor(private readonly options: DeskOptions) {}

  /** @param code as it was read off the device */
  lookUp(code: string): Promise<ShownEnrolment> {
    return this.#ask('enrolments/lookup', { code });
  }

  approve(id: string, request: ApproveRequest): Promise<ShownEnrolment> {
    return this.#ask(`enrolments/${id}/approve`, request);
  }

  machine(id: string): Promise<ShownMachine> {
    return this.#ask(`machines/${id}`);
  }

  /** Of the domain: how many there are. */
  async machineCount(): Promise<number> {
    return (await this.#ask<{ total: number }>('machines?limit=1')).total;
  }

  revoke(machineId: string, request: RevokeRequest): Promise<Omit<ShownMachine, 'certificates'>> {
    return this.#ask(`machines/${machineId}/revoke`, request);
  }

  async #ask<T>(path: string, body?: object): Promise<T> {
    const { url, domainId, token } = this.options;
    const answer = await fetch(`${url}/${domainId}/${path}`, {
      headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const said = (await answer.json()) as JsonObject;
    if (answer.ok) return said as T;
    throw new DeskRefusal(answer.status, String(said['code']), path);
  }
}
