import type { IdentityState } from '@org/device';
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Device } from '../device/device.js';
import { VERSION } from '../version.js';
import type { DaemonState } from './state.js';

const STATES: readonly IdentityState[] = [
  'none',
  'enrolling',
  'provisioned',
  'not_yet_valid',
  'expired',
  'broken',
];

const BOOTSTRAP = ['waiting', 'loaded', 'failing'] as const;

const EVENT_LOOP_PRECISION_MS = 1_000;

/** What `/metrics` shows; read when it is asked for. No ids: what a label can be is fixed. */
export function createMetrics(device: Device, state: DaemonState): Registry {
  const registry = new Registry();
  const registers = [registry];
  // It measures the event loop with a timer, which must not keep the processor of a device awake.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  new Gauge({
    name: 'provision_agent_info',
    help: 'Always 1; the version of the agent',
    labelNames: ['version'],
    registers,
  }).set({ version: VERSION }, 1);
  new Gauge({
    name: 'provision_agent_certificate_expiration_timestamp_seconds',
    help: 'When the certificate ends, in seconds since 1970; 0 without one',
    registers,
    async collect() {
      this.set(((await device.report()).identity?.certificate.notAfter ?? 0) / 1000);
    },
  });
  new Gauge({
    name: 'provision_agent_identity',
    help: '1 for the current state of the identity: none, enrolling, provisioned, not_yet_valid, expired, broken',
    labelNames: ['state'],
    registers,
    async collect() {
      const report = await device.report();
      for (const each of STATES) this.set({ state: each }, each === report.state ? 1 : 0);
    },
  });
  new Counter({
    name: 'provision_agent_renewals_total',
    help: 'Renewal attempts since the start: renewed, not_due, failed',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of state.renewals) this.inc({ outcome }, count);
    },
  });
  new Counter({
    name: 'provision_agent_local_refusals_total',
    help: 'Calls of local programs refused since the start: token_needed, token_wrong, too_many_calls, too_many_connections',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of state.refusals) this.inc({ reason }, count);
    },
  });
  new Gauge({
    name: 'provision_agent_clock_skew_seconds',
    help: "How far the device's clock is ahead of the server's; 0 when the difference is small",
    registers,
    collect() {
      this.set(device.clock.skewMs / 1000);
    },
  });
  new Gauge({
    name: 'provision_agent_bootstrap',
    help: '1 for the current state of the bootstrap configuration: waiting, loaded, failing; all 0 when there is none',
    labelNames: ['state'],
    registers,
    collect() {
      for (const each of BOOTSTRAP) this.set({ state: each }, each === state.bootstrap ? 1 : 0);
    },
  });
  return registry;
}
