import { checkPrimeSync, generatePrimeSync } from 'node:crypto';
import { OID } from '../../src/der/oids.js';
import {
  bitString,
  explicit,
  integer,
  integerOf,
  nullValue,
  oid,
  sequence,
  set,
  tlv,
} from '../../src/der/write.js';

const octets = (n: bigint): Buffer => {
  const hex = n.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
};

export const rsaSpki = (modulus: bigint, exponent = 65537n): Buffer =>
  sequence(
    sequence(oid(OID.rsaEncryption), nullValue()),
    bitString(sequence(integerOf(octets(modulus)), integerOf(octets(exponent)))),
  );

const algorithms = { rsa: sequence(oid(OID.rsaSha256), nullValue()), ed25519: sequence(oid(OID.ed25519)) };

/** A request for any key, with a signature that is none: what is wrong with the key must show first. */
export function unsignedCsr(spki: Buffer, algorithm: keyof typeof algorithms = 'rsa'): Buffer {
  const name = sequence(set(sequence(oid(OID.commonName), tlv(0x0c, Buffer.from('machine-1')))));
  const info = sequence(integer(0), name, spki, explicit(0));
  return sequence(info, algorithms[algorithm], bitString(Buffer.alloc(256, 1)));
}

const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });

/** A modulus of 2048 bits from two primes of half the size. */
export const strongModulus = (): bigint => prime(1024) * prime(1024);

/** Node sets the two highest bits of a prime, so that its square has all 2048. */
export const squareModulus = (): bigint => prime(1024) ** 2n;

export function closeFactorsModulus(): bigint {
  const p = prime(1024);
  let q = p + 2n;
  while (!checkPrimeSync(q)) q += 2n;
  return p * q;
}

/** Any number of 2048 bits that is 1 modulo all primes up to 167 has the fingerprint: 65537^0 = 1. */
export function rocaModulus(): bigint {
  const primes = (max: number) =>
    Array.from({ length: max + 1 }, (_, n) => BigInt(n)).filter((n) => n > 1n && checkPrimeSync(n));
  const product = primes(167).reduce((a, b) => a * b, 1n);
  const larger = primes(751).filter((each) => each > 167n);
  let modulus = ((3n << 2046n) / product) * product + 1n;
  while (larger.some((each) => modulus % each === 0n)) modulus += product;
  return modulus;
}
