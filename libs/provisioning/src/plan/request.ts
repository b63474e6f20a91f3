import { PRINTABLE, ProvisionError, type Secret } from '@org/domain';
import type { Layout } from '@org/layout-config/layout';

/** What an operator asks for. */
export interface ProvisionRequest {
  readonly name: string;
  /** Often a MAC address; the device sends it in a URL. */
  readonly externalId: string;
  /** What the device authenticates with when it bootstraps. */
  readonly externalKey: Secret;
}

/** Longest name of a client or channel, in bytes (Magistrala wire §2.3, §3.1). */
const MAX_NAME_BYTES = 1024;
/** Longest external key, in bytes: the platform hashes it with bcrypt (Magistrala wire §4.1). */
const MAX_KEY_BYTES = 72;
/** Of the two parts of such a name: between them stands `_`, and the other one has a byte at least. */
const MAX_PART_BYTES = MAX_NAME_BYTES - 2;
/** Bytes of UTF-8 that each part of a request may have; name and external id share what a name may have, besides. */
export const REQUEST_BYTES = {
  name: MAX_PART_BYTES,
  externalId: MAX_PART_BYTES,
  externalKey: MAX_KEY_BYTES,
} as const;
/** What `PRINTABLE` refuses, in short. */
const NO_CONTROLS = 'must not contain control characters';

/**
 * Refuses what the platform would refuse midway, before anything is made.
 *
 * @throws ProvisionError `invalid`, with the field in `details.field`.
 */
export function checkRequest(request: ProvisionRequest, layout: Layout): void {
  const { externalId, externalKey, name } = request;
  if (externalId.includes('/') || externalId === '.' || externalId === '..')
    throw invalid(
      'external_id',
      'must not be "." or ".." nor contain "/": a device could never ask for it by URL',
    );
  if (!externalId.isWellFormed()) throw invalid('external_id', 'must be well-formed Unicode');
  if (!PRINTABLE.test(externalId)) throw invalid('external_id', NO_CONTROLS);
  if (bytes(externalId) > MAX_PART_BYTES)
    throw invalid('external_id', `must have at most ${MAX_PART_BYTES} bytes`);
  if (bytes(externalKey.reveal()) > MAX_KEY_BYTES)
    throw invalid('external_key', `must have at most ${MAX_KEY_BYTES} bytes of UTF-8`);
  if (!PRINTABLE.test(externalKey.reveal())) throw invalid('external_key', NO_CONTROLS);
  if (!PRINTABLE.test(name)) throw invalid('name', NO_CONTROLS);
  const ofLayout = [...layout.channels, ...layout.clients.filter((client) => !client.isGateway)];
  const room = roomBeside(Math.max(...ofLayout.map((it) => bytes(it.name))));
  if (bytes(name) > room) throw invalid('name', `must have at most ${room} bytes with this layout`);
  checkConfigurationName(bytes(name), bytes(externalId));
}

/** Bytes that a name leaves beside one of its parts. */
const roomBeside = (part: number): number => MAX_NAME_BYTES - '_'.length - part;

/** The longer part is to blame. */
function checkConfigurationName(name: number, externalId: number): void {
  if (name <= roomBeside(externalId)) return;
  const [field, other] =
    externalId < name ? (['name', externalId] as const) : (['external_id', name] as const);
  throw invalid(
    field,
    `must have at most ${roomBeside(other)} bytes here, as the configuration is called <name>_<external_id>, which has ${MAX_NAME_BYTES} at most`,
  );
}

const bytes = (text: string): number => Buffer.byteLength(text, 'utf8');

function invalid(field: 'name' | 'external_id' | 'external_key', what: string): ProvisionError {
  return new ProvisionError({
    kind: 'invalid',
    code: `invalid_${field}`,
    message: `${field} ${what}`,
    details: { field },
  });
}
