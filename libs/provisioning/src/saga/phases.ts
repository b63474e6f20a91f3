import { bindings } from '../steps/bindings.js';
import { certificates } from '../steps/certificates.js';
import { channels } from '../steps/channels.js';
import { clients } from '../steps/clients.js';
import { configuration } from '../steps/configuration.js';
import { connections } from '../steps/connections.js';
import { delivery } from '../steps/delivery.js';
import { enable } from '../steps/enable.js';
import { hold } from '../steps/hold.js';
import { lookUp } from '../steps/look-up.js';
import { metadata } from '../steps/metadata.js';
import type { Step } from '../steps/step.js';

/**
 * The order of calls: one phase is one round trip, its steps run at the same time. A step only needs what
 * earlier phases made, and `metadata` comes after all that must be in place before `enable`: so a gateway
 * with its metadata written and its configuration enabled is complete (see `isComplete`).
 */
export const PHASES: readonly (readonly Step[])[] = [
  [lookUp],
  [clients, channels],
  [connections, configuration],
  [hold, bindings, certificates],
  [delivery, metadata],
  [enable],
];

/**
 * Removed in this order: the configuration first, so that no gateway fetches what is about to go; connections before
 * what they connect, so that the less is left the earlier a removal ends.
 */
export const REMOVAL: readonly Step[] = [configuration, certificates, connections, clients, channels];
