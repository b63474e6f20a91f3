import { invalid, type ProvisionError } from '@org/domain';
import type { DeviceKey } from './device-key.js';

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 4096;
const RSA_EXPONENT = 65537;

/**
 * Looks for keys whose private half is known or cheap to compute.
 * @returns the error to raise, or undefined for a key without a known fault
 */
export function weakness(key: DeviceKey): ProvisionError | undefined {
  if (key.algorithm === 'Ed25519') return smallOrder(key.point);
  if (key.algorithm !== 'RSA') return undefined; // A point that is not on the curve fails when it is imported.
  if (key.bits < MIN_RSA_BITS || key.bits > MAX_RSA_BITS) {
    return invalid('csr_key_size', `RSA keys must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits.`, {
      details: { bits: key.bits, min: MIN_RSA_BITS, max: MAX_RSA_BITS },
    });
  }
  if (key.exponent.length > 4 || key.exponent.readUIntBE(0, key.exponent.length) !== RSA_EXPONENT) {
    return invalid('csr_key_exponent', `RSA keys must have the public exponent ${RSA_EXPONENT}.`);
  }
  return weakModulus(BigInt(`0x${key.modulus.toString('hex')}`));
}

function weakModulus(modulus: bigint): ProvisionError | undefined {
  if (hasSmallFactor(modulus)) return invalid('csr_key_small_factor', 'The RSA modulus has a small factor.');
  if (hasRocaFingerprint(modulus)) {
    return invalid(
      'csr_key_roca',
      'The RSA key bears the mark of a faulty chip library (ROCA, CVE-2017-15361).',
    );
  }
  if (hasCloseFactors(modulus)) {
    return invalid(
      'csr_key_close_factors',
      'The RSA modulus has two factors that are close or the same (CVE-2022-26320).',
    );
  }
  return undefined;
}

const SMALL_PRIMES = primesUpTo(751);

function primesUpTo(max: number): readonly number[] {
  const primes: number[] = [];
  for (let n = 2; n <= max; n += 1) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

const productOf = (primes: readonly number[]) =>
  primes.reduce((product, prime) => product * BigInt(prime), 1n);

const SMALL_PRIME_PRODUCT = productOf(SMALL_PRIMES);

function hasSmallFactor(modulus: bigint): boolean {
  // One long division; what is left is small enough for the rest.
  const rest = modulus % SMALL_PRIME_PRODUCT;
  return SMALL_PRIMES.some((prime) => rest % BigInt(prime) === 0n);
}

/**
 * ROCA: Infineon's primes are k·M + (65537^a mod M), so modulo each small prime the modulus is a power of 65537.
 * By chance that holds for about one key in 2^27 (Nemec et al., "The Return of Coppersmith's Attack", 2017).
 */
const ROCA_PRIMES = SMALL_PRIMES.filter((prime) => prime >= 3 && prime <= 167);
const ROCA_PRODUCT = productOf(ROCA_PRIMES);
const ROCA_POWERS = ROCA_PRIMES.map((prime) => ({ prime: BigInt(prime), powers: powersOf65537(prime) }));

function powersOf65537(prime: number): ReadonlySet<bigint> {
  const powers = new Set<bigint>();
  for (let power = 1; !powers.has(BigInt(power)); power = (power * 65537) % prime) powers.add(BigInt(power));
  return powers;
}

function hasRocaFingerprint(modulus: bigint): boolean {
  const rest = modulus % ROCA_PRODUCT;
  return ROCA_POWERS.every(({ prime, powers }) => powers.has(rest % prime));
}

const FERMAT_ROUNDS = 100;

/** Fermat's way of factoring finds factors that share their upper half within a few rounds. */
function hasCloseFactors(modulus: bigint): boolean {
  let a = squareRoot(modulus);
  if (a * a === modulus) return true;
  a += 1n;
  let square = a * a - modulus;
  for (let round = 0; round < FERMAT_ROUNDS; round += 1) {
    if (isSquare(square)) return true;
    square += 2n * a + 1n;
    a += 1n;
  }
  return false;
}

/** Squares modulo 5040 = 2^4·3^2·5·7: sorts out 97 % of the numbers that are no squares. */
const SQUARES_MODULO_5040 = new Set(Array.from({ length: 5040 }, (_, n) => (n * n) % 5040));

function isSquare(n: bigint): boolean {
  if (!SQUARES_MODULO_5040.has(Number(n % 5040n))) return false;
  const root = squareRoot(n);
  return root * root === n;
}

/** The whole part of the square root, by Newton's method from above. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(16).length * 4) / 2 + 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** The y coordinates, sign bit cleared, of the Ed25519 points of order 1, 2, 4 and 8, other encodings included. */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function smallOrder(point: Buffer): ProvisionError | undefined {
  const y = Buffer.from(point);
  y[31]! &= 0x7f;
  if (!SMALL_ORDER.has(y.toString('hex'))) return undefined;
  return invalid('csr_key_small_order', 'The Ed25519 key is a point of small order: anyone can sign for it.');
}
