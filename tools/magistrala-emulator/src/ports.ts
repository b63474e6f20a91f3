import type { EmulatorOptions, ServiceName } from './emulator.js';

/** The base of Magistrala's documented HTTP ports (Magistrala wire §0.5). */
export const DEFAULT_PORT_BASE = 9000;

const OFFSETS: Record<ServiceName, number> = {
  auth: 1,
  users: 2,
  domains: 3,
  channels: 5,
  clients: 6,
  bootstrap: 13,
  certs: 19,
  control: 99,
};
/** 7001 beside 9000. */
const GRPC_OFFSET = -1999;

/** Ports in Magistrala's own order, from another base if wished. */
export function portsFrom(base: number): Pick<EmulatorOptions, 'ports' | 'grpcPort'> {
  const ports = Object.fromEntries(
    Object.entries(OFFSETS).map(([service, offset]) => [service, base + offset]),
  );
  return { ports, grpcPort: base + GRPC_OFFSET };
}
