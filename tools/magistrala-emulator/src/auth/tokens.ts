import { type JWK, SignJWT, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import type { Clock } from '@org/domain';

/** The `type` claim (Magistrala wire §1.5). */
export const ACCESS_TOKEN = 0;
export const REFRESH_TOKEN = 1;
export const API_KEY = 3;
export const PERSONAL_TOKEN = 4;

/** The `role` claim. API keys are issued with none, so that every service refuses them (Magistrala wire §11.1). */
export const NO_ROLE = 0;
export const USER_ROLE = 1;
export const ADMIN_ROLE = 2;

export interface Claims {
  readonly sub: string;
  readonly type: number;
  readonly role: number;
  readonly verified: boolean;
  readonly jti?: string;
  /** Seconds since 1970. */
  readonly exp: number;
}

const ISSUER = 'magistrala.auth';
const KEY_ID = 'active';
const MOST_REMEMBERED = 10_000;

/** Signs and checks tokens with one Ed25519 key that lives as long as the emulator. */
export class Tokens {
  /** Checking a signature takes longer than all else in a call, and the same tokens come again and again. */
  private readonly checked = new Map<string, Claims>();

  private constructor(
    private readonly clock: Clock,
    private readonly keys: Awaited<ReturnType<typeof generateKeyPair>>,
    readonly jwk: JWK,
  ) {}

  static async create(clock: Clock): Promise<Tokens> {
    const keys = await generateKeyPair('Ed25519');
    const { kty, crv, x } = await exportJWK(keys.publicKey);
    return new Tokens(clock, keys, { kid: KEY_ID, kty, alg: 'EdDSA', use: 'sig', crv, x });
  }

  seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  sign({ sub, exp, jti, ...rest }: Claims): Promise<string> {
    const token = new SignJWT(rest)
      .setProtectedHeader({ alg: 'EdDSA', kid: KEY_ID, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(sub)
      .setIssuedAt(this.seconds())
      .setExpirationTime(exp);
    return (jti === undefined ? token : token.setJti(jti)).sign(this.keys.privateKey);
  }

  /** The claims of a token that this emulator signed and that has not expired; undefined for any other text. */
  async verify(token: string): Promise<Claims | undefined> {
    const known = this.checked.get(token) ?? (await this.check(token));
    return known && known.exp > this.seconds() ? known : undefined;
  }

  private async check(token: string): Promise<Claims | undefined> {
    try {
      const currentDate = new Date(this.clock.now());
      const { payload } = await jwtVerify<Claims>(token, this.keys.publicKey, {
        issuer: ISSUER,
        currentDate,
      });
      if (this.checked.size >= MOST_REMEMBERED) this.checked.clear();
      this.checked.set(token, payload);
      return payload;
    } catch {
      return undefined;
    }
  }
}
