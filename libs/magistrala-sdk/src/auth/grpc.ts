import { type ClientUnaryCall, type ServiceError, Metadata, credentials, status } from '@grpc/grpc-js';
import { service as health } from 'grpc-health-check';
import { type ErrorCode, type ErrorKind, ProvisionError, type ProxySettings, type Secret } from '@org/domain';
import { type GrpcRoute, type TunnelOptions, grpcRoute, tunnelProblem } from '@org/http-client/tunnel';
import { authV1 } from '@org/proto';
import { type Caller, roleOf, tokenTypeOf } from './caller.js';
import { type Right, type RightPlace, domainPolicy, questionsAbout } from './rights.js';

export interface AuthClientOptions {
  /** host:port */
  readonly address: string;
  /** Milliseconds that a call may take. Default 1000. */
  readonly timeoutMs?: number;
  /** PEM texts. Without a CA the system's are trusted; certificate and key make it mutual. No TLS when undefined. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: Secret };
  /** Default: none. The environment's variables are not looked at. */
  readonly proxies?: ProxySettings;
}

interface Options {
  readonly signal?: AbortSignal;
}

/**
 * Magistrala's `auth.v1.AuthService` (Magistrala wire §1.8). All its calls only ask, so that a failure is never
 * `ambiguous`: `unavailable` (`auth_unavailable`) when there is no answer in time.
 */
export interface AuthClient {
  /**
   * Whose token it is; knows revoked tokens and personal access tokens.
   *
   * @throws ProvisionError `unauthenticated` (`invalid_token`), also for tokens that are not made to act with
   */
  authenticate(token: Secret, options?: Options): Promise<Caller>;
  /** Whether the caller is a member of the domain. Does not tell whether the domain is enabled. */
  isMember(caller: Caller, domainId: string, options?: Options): Promise<boolean>;
  /**
   * Whether the caller has the right on this client or, which is enough, on all clients of the domain; a personal access
   * token, whether its scopes allow it besides.
   */
  may(caller: Caller, right: Right, place: RightPlace, options?: Options): Promise<boolean>;
  /** @throws ProvisionError `unavailable` unless the service says that it serves. */
  checkHealth(options?: Options): Promise<void>;
  close(): void;
}

export function createAuthClient({
  address,
  timeoutMs = 1_000,
  tls,
  proxies,
}: AuthClientOptions): AuthClient {
  const route = grpcRoute(`${tls ? 'https' : 'http'}://${address}`, proxies);
  const client = new authV1.AuthServiceClient(route.target, channelCredentials(tls), route.options);
  const ask = async <T>(start: (callback: Callback<T>) => ClientUnaryCall, { signal }: Options = {}) => {
    try {
      return await unary<T>(start, signal);
    } catch (error) {
      throw (await proxyProblem(error, route, { timeoutMs, signal })) ?? error;
    }
  };
  const limit = () => [new Metadata(), { deadline: Date.now() + timeoutMs }] as const;
  const isAllowed = async (question: authV1.AuthZReq, options?: Options): Promise<boolean> => {
    try {
      const answer = await ask<authV1.AuthZRes>(
        (callback) => client.authorize(question, ...limit(), callback),
        options,
      );
      return answer.authorized;
    } catch (error) {
      if (error instanceof ProvisionError && error.kind === 'forbidden') return false;
      throw error;
    }
  };

  return {
    authenticate: async (token, options) => {
      const answer = await ask<authV1.AuthNRes>(
        (callback) => client.authenticate({ token: token.reveal() }, ...limit(), callback),
        options,
      );
      return callerOf(answer);
    },
    isMember: (caller, domainId, options) =>
      isAllowed({ policyReq: domainPolicy(caller, domainId, 'membership') }, options),
    async may(caller, right, place, options) {
      for (const question of questionsAbout(caller, right, place))
        if (await isAllowed(question, options)) return true;
      return false;
    },
    checkHealth: async (options) => {
      const { path, requestSerialize, responseDeserialize } = health['Check'] as HealthCheck;
      const answer = await ask<{ status: string }>(
        (callback) =>
          client.makeUnaryRequest(
            path,
            requestSerialize,
            responseDeserialize,
            { service: 'auth' },
            ...limit(),
            callback,
          ),
        options,
      );
      if (answer.status !== 'SERVING') throw authError('unavailable', 'auth_unavailable');
    },
    close: () => client.close(),
  };
}

type Callback<T> = (error: ServiceError | null, answer?: T) => void;
interface HealthCheck {
  readonly path: string;
  readonly requestSerialize: (request: { service: string }) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => { status: string };
}

function channelCredentials(tls: AuthClientOptions['tls']) {
  if (tls === undefined) return credentials.createInsecure();
  const bytes = (pem: string | undefined) => (pem === undefined ? null : Buffer.from(pem));
  return credentials.createSsl(bytes(tls.ca), bytes(tls.key?.reveal()), bytes(tls.cert));
}

/** What a proxy on the way says, where there was no answer: grpc-js does not tell. */
async function proxyProblem(
  error: unknown,
  { tunnel }: GrpcRoute,
  options: TunnelOptions,
): Promise<ProvisionError | undefined> {
  const isUnanswered = error instanceof ProvisionError && error.code === 'auth_unavailable';
  if (!tunnel || !isUnanswered || options.signal?.aborted) return undefined;
  const problem = await tunnelProblem(tunnel, options).catch(() => undefined);
  return problem && authError('unavailable', 'auth_unavailable', problem);
}

function unary<T>(start: (callback: Callback<T>) => ClientUnaryCall, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(authError('unavailable', 'aborted', signal.reason));
    const call = start((error, answer) => {
      signal?.removeEventListener('abort', cancel);
      if (error) reject(fromStatus(error));
      else resolve(answer as T);
    });
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

const BY_STATUS: Partial<Record<status, [ErrorKind, ErrorCode]>> = {
  [status.UNAUTHENTICATED]: ['unauthenticated', 'invalid_token'],
  [status.PERMISSION_DENIED]: ['forbidden', 'forbidden'],
  [status.NOT_FOUND]: ['not_found', 'not_found'],
  [status.INVALID_ARGUMENT]: ['invalid', 'invalid_request'],
  [status.CANCELLED]: ['unavailable', 'aborted'],
};

function fromStatus(error: ServiceError): ProvisionError {
  const [kind, code] = BY_STATUS[error.code] ?? ['unavailable', 'auth_unavailable'];
  return authError(kind, code, error);
}

function authError(kind: ErrorKind, code: ErrorCode, cause?: unknown): ProvisionError {
  return new ProvisionError({ kind, code, message: `auth: ${code.replaceAll('_', ' ')}`, cause });
}

function callerOf(answer: authV1.AuthNRes): Caller {
  const tokenType = tokenTypeOf(answer.tokenType);
  if (tokenType === undefined || answer.userId === '') throw authError('unauthenticated', 'invalid_token');
  const { id, userId, verified } = answer;
  const pat = tokenType === 'personal_access_token' ? { patId: id } : {};
  return { userId, role: roleOf(answer.userRole), verified, tokenType, ...pat };
}
