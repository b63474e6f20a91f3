import { type MechaClientOptions, createMechaClient } from '@org/device/mecha';
import { type Transport, createTransport } from '@org/http-client';
import type { EnrolmentClient } from '@org/device';
import type { ProxySettings } from '@org/domain';
import type { Wire } from './wire.js';

interface HttpWireOptions extends Omit<MechaClientOptions, 'transport'> {
  readonly proxies?: ProxySettings;
  /** PEM of the only roots to verify the server by; undefined: those of the system. */
  readonly anchors: (signal?: AbortSignal) => Promise<string | undefined>;
}

interface Open {
  readonly anchors: string | undefined;
  readonly transport: Transport;
  readonly client: EnrolmentClient;
}

/**
 * mecha-agent's own wire: nothing but finding a manifest and having a request signed.
 *
 * @throws ProvisionError what `anchors`, `createTransport` and `createMechaClient` do
 */
export async function openHttpWire(
  { anchors, proxies, ...options }: HttpWireOptions,
  signal?: AbortSignal,
): Promise<Wire> {
  const openFor = (roots: string | undefined): Open => {
    const transport = createTransport({ tls: { ca: roots, exclusive: true }, proxies });
    return { anchors: roots, transport, client: createMechaClient({ ...options, transport }) };
  };
  let open = openFor(await anchors(signal));
  /** The same for all calls, until other roots are believed. */
  const clientFor = async (until: AbortSignal | undefined): Promise<EnrolmentClient> => {
    const roots = await anchors(until);
    if (roots !== open.anchors) {
      const before = open;
      open = openFor(roots);
      // Waits for the calls that are under way.
      void before.transport.close();
    }
    return open.client;
  };
  return {
    name: 'http',
    ping: async (until) => (await clientFor(until)).ping(until),
    begin: async (request) => (await clientFor(request.signal)).begin(request),
    adopt: (code) => open.client.adopt!(code),
    poll: async (begun, until) => (await clientFor(until)).poll(begun, until),
    redeem: async (request) => (await clientFor(request.signal)).redeem(request),
    renew: async (request) => (await clientFor(request.signal)).renew(request),
    checkIn: async () => undefined,
    deprovision: async () => false,
    close: () => open.transport.close(),
  };
}
