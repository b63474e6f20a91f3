import { type JWTPayload, createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import { type ErrorCode, ProvisionError, type Secret, systemClock } from '@org/domain';
import { type HttpClientOptions, createHttpClient, path } from '@org/http-client';
import { type Caller, isPersonalAccessToken, roleOf, tokenTypeOf } from './caller.js';

const ISSUER = 'magistrala.auth';

export interface JwksVerifierOptions extends Omit<HttpClientOptions, 'baseUrl' | 'service'> {
  /** `…/keys/.well-known/jwks.json` of the auth service. */
  readonly jwksUrl: string;
  /** Milliseconds that keys are kept. Default 5 minutes, as Magistrala's services do. */
  readonly cacheMs?: number;
  /** Milliseconds that fetching the keys may take. Default 10 s. */
  readonly timeoutMs?: number;
  /** Milliseconds between two fetches that a bad signature may cause. Default 30 s. */
  readonly cooldownMs?: number;
}

export interface JwksVerifier {
  /**
   * Verifies an access token or API key on the spot. It cannot know whether the token was revoked.
   *
   * @throws ProvisionError `unauthenticated` (`invalid_token`; `token_needs_auth_service` for a personal access
   *   token), `unavailable` (`jwks_unavailable`, also where the platform signs with a shared secret)
   */
  verify(token: Secret): Promise<Caller>;
}

/** Verifies tokens with the keys that the auth service publishes (Magistrala wire §1.5, §1.6). */
export function createJwksVerifier(options: JwksVerifierOptions): JwksVerifier {
  const { jwksUrl, cacheMs = 5 * 60_000, timeoutMs = 10_000, cooldownMs = 30_000, ...rest } = options;
  const { clock = systemClock } = rest;
  const http = createHttpClient({ ...rest, baseUrl: jwksUrl, service: 'auth' });
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: cacheMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    [customFetch]: async (_, { signal }) => {
      const decode = ({ bytes }: { bytes: Buffer }) => bytes.toString('utf8');
      return new Response(
        await http.request({ operation: 'jwks', method: 'GET', path: path``, expect: [200], decode, signal }),
      );
    },
  });
  const rules = { issuer: ISSUER, algorithms: ['EdDSA'], requiredClaims: ['sub', 'exp'] };
  const check = async (jwt: string): Promise<JWTPayload> =>
    (await jwtVerify(jwt, keys, { ...rules, currentDate: new Date(clock.now()) })).payload;

  /** A key's id is the name of its file, so that a new key may come under the old id. */
  const checkWithNewKeys = async (jwt: string, error: unknown): Promise<JWTPayload> => {
    if (!(error instanceof errors.JWSSignatureVerificationFailed) || keys.coolingDown) throw error;
    await keys.reload();
    return check(jwt);
  };

  return {
    verify: async (token) => {
      const jwt = token.reveal();
      if (isPersonalAccessToken(jwt)) throw unauthenticated('token_needs_auth_service');
      const claims = await check(jwt)
        .catch((error: unknown) => checkWithNewKeys(jwt, error))
        .catch((error: unknown) => Promise.reject(refusal(error)));
      return callerOf(claims);
    },
  };
}

function callerOf(claims: JWTPayload): Caller {
  const tokenType = tokenTypeOf(claims['type']);
  if (tokenType !== 'access' && tokenType !== 'api_key') throw unauthenticated('invalid_token');
  return {
    userId: claims.sub!,
    role: roleOf(claims['role']),
    verified: claims['verified'] === true,
    tokenType,
  };
}

/** What is wrong with the token is an error of jose; that the keys cannot be had is one too, or the client's. */
function refusal(error: unknown): ProvisionError {
  const keysAreMissing =
    !(error instanceof errors.JOSEError) ||
    error instanceof errors.JWKSInvalid ||
    error instanceof errors.JWKSTimeout ||
    error.code === 'ERR_JOSE_GENERIC';
  if (!keysAreMissing) return unauthenticated('invalid_token', error);
  return new ProvisionError({
    kind: 'unavailable',
    code: 'jwks_unavailable',
    message: 'the keys that tokens are verified with cannot be had',
    cause: error,
  });
}

function unauthenticated(code: ErrorCode, cause?: unknown): ProvisionError {
  return new ProvisionError({ kind: 'unauthenticated', code, message: 'the token is not accepted', cause });
}
