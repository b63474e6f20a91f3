import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ProvisionError, Secret } from '@org/domain';
import type { ConfiguredOperator } from '@org/layout-config';

/** A new token for an operator, and what the configuration is to say of it (`enrolment.operator_tokens`). */
interface NewOperatorToken {
  readonly token: Secret;
  /** `name:hash` */
  readonly line: string;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Makes a token of 32 random bytes: nothing that could be guessed, so that its plain hash may be kept.
 *
 * @throws ProvisionError invalid `operator_name_invalid`
 */
export function createOperatorToken(name: string): NewOperatorToken {
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new ProvisionError({
      kind: 'invalid',
      code: 'operator_name_invalid',
      message: "an operator's name is 1 to 64 letters, digits, '.', '_' or '-'",
    });
  const token = randomBytes(32).toString('base64url');
  return { token: new Secret(token), line: `${name}:${sha256(token).toString('hex')}` };
}

/** Finds the operator whose token it is. All are compared, each in constant time. */
export function operatorFinder(
  operators: readonly ConfiguredOperator[],
): (token: Secret) => string | undefined {
  const known = operators.map(({ name, tokenHash }) => ({ name, hash: Buffer.from(tokenHash, 'hex') }));
  return (token) => {
    const hash = sha256(token.reveal());
    return known.filter((operator) => timingSafeEqual(operator.hash, hash)).at(0)?.name;
  };
}
