import { codeContested, codeUnknown } from '../errors.js';
import type { Ask } from '../store/code-store.js';

/**
 * The question that makes a code claimable. Where addresses are bound, all who ask must be one address: two devices may show
 * the same code by chance, and someone who reads a code over a shoulder may ask about it too.
 *
 * @param asks recent ones about the code
 * @param bound undefined where addresses are not bound; `path` when the address is known already
 * @throws ProvisionError not_found `code_unknown`, conflict `code_contested`
 */
export function claimableAsk(
  asks: readonly Ask[],
  bound: { readonly path: string | undefined } | undefined,
): Ask {
  const [first] = asks;
  if (!first) throw codeUnknown();
  const path = bound?.path ?? first.addressPath;
  if (bound && asks.some((ask) => ask.addressPath !== path)) throw codeContested();
  return first;
}
