import type { EnrolmentClient } from '@org/device';
import { type MechaClientOptions, createMechaClient } from '@org/device/mecha';
import { createTransport } from '@org/http-client';
import type { Wire } from './wire.js';

export interface HttpWireOptions extends Omit<MechaClientOptions, 'transport'> {
  /** PEM of roots to verify the server by, beside those of the system. */
  readonly anchors: string | undefined;
}

/** mecha-agent's own wire: nothing but finding a manifest and having a request signed. */
export function createHttpWire({ anchors, ...options }: HttpWireOptions): Wire {
  const transport = createTransport({ tls: { ca: anchors } });
  const client: EnrolmentClient = createMechaClient({ ...options, transport });
  return {
    name: 'http',
    ping: (signal) => client.ping(signal),
    begin: (request) => client.begin(request),
    adopt: (code) => client.adopt!(code),
    poll: (begun, signal) => client.poll(begun, signal),
    redeem: (request) => client.redeem(request),
    renew: (request) => client.renew(request),
    checkIn: async () => undefined,
    deprovision: async () => false,
    close: () => transport.close(),
  };
}
