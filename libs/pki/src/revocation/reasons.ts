import { invalid, type RevocationReason } from '@org/domain';

/**
 * Why a certificate is revoked (RFC 5280 5.3.1), with its number. Left out: `certificateHold` and `removeFromCRL`, as
 * nothing here is ever taken back, and 7, which has no meaning.
 */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const satisfies Readonly<Record<RevocationReason, number>>;

/** @throws ProvisionError `revocation_reason_invalid` */
export function parseRevocationReason(reason: string): RevocationReason {
  if (Object.hasOwn(REVOCATION_REASONS, reason)) return reason as RevocationReason;
  throw invalid(
    'revocation_reason_invalid',
    `A reason is one of ${Object.keys(REVOCATION_REASONS).join(', ')}.`,
    {
      details: { reasons: Object.keys(REVOCATION_REASONS) },
    },
  );
}
