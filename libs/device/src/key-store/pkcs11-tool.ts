import { execFile } from 'node:child_process';
import { type Secret, invalid } from '@org/domain';
import { unavailable } from '../errors.js';

export interface Pkcs11ToolOptions {
  /** Path of the token's PKCS#11 library, such as `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  /** Of its user. */
  readonly pin: Secret;
  /** Name or path of OpenSC's program. Default `pkcs11-tool`. */
  readonly program?: string;
  /** Variables for it and for the token's library; by default none but a PATH. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Small tokens take this long to find the primes of an RSA key. */
const TIMEOUT_MS = 120_000;
const PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * OpenSC's `pkcs11-tool`, a process for each operation. An addon in this process would be compiled at installation, and
 * cannot be part of a single executable; and a library of a token that crashes or hangs takes only that process with it.
 */
export class Pkcs11Tool {
  readonly #options: Pkcs11ToolOptions;
  #pinRefused = false;

  constructor(options: Pkcs11ToolOptions) {
    this.#options = options;
  }

  /**
   * Runs one operation on the token.
   *
   * @param options.login with the user's PIN
   * @param options.input what to work on
   * @returns the standard output; undefined when the object that is meant is not there
   * @throws ProvisionError `unavailable` (`token_unavailable`, `token_failed`), `invalid` (`token_pin_refused`)
   */
  run(
    args: readonly string[],
    { login = false, input }: { readonly login?: boolean; readonly input?: Buffer } = {},
  ): Promise<Buffer | undefined> {
    const { module, token, pin, program = 'pkcs11-tool', env } = this.#options;
    // Tokens lock themselves after a few wrong ones: it is tried once, however often the agent tries again.
    if (login && this.#pinRefused) return Promise.reject(pinRefused(token));
    const all = [
      '--module',
      module,
      '--token-label',
      token,
      ...(login ? ['--login', '--pin', 'env:TOKEN_PIN'] : []),
    ];
    return new Promise((resolve, reject) => {
      const child = execFile(
        program,
        [...all, ...args],
        {
          // Other users can read a command line; the environment of a process only its own.
          env: { PATH, ...env, ...(login && { TOKEN_PIN: pin.reveal() }) },
          encoding: 'buffer',
          timeout: TIMEOUT_MS,
        },
        (error, stdout, stderr) => {
          if (!error) return resolve(stdout);
          const said = stderr.toString();
          if (/(?:object|key) not found/i.test(said)) return resolve(undefined);
          this.#pinRefused ||= /CKR_PIN_(?!LEN|INVALID_?UTF)/.test(said);
          reject(this.#pinRefused ? pinRefused(token) : failure(error, said, this.#options));
        },
      );
      // Whatever becomes of it is told by the exit code.
      child.stdin!.on('error', () => undefined).end(input);
    });
  }
}

const pinRefused = (token: string): Error =>
  invalid(
    'token_pin_refused',
    `The token "${token}" does not accept the PIN. It is not tried again before the agent is restarted: set the right one, ` +
      'and unlock the token if it has locked itself.',
    { details: { token } },
  );

function failure(
  error: Error,
  said: string,
  { module, token, program = 'pkcs11-tool' }: Pkcs11ToolOptions,
): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const unusable = (why: string): Error =>
    unavailable('token_unavailable', `The token "${token}" cannot be used: ${why}`, {
      details: { token },
      cause: error,
    });
  if (code === 'ENOENT' || code === 'EACCES') return unusable(`${program} cannot be run; install OpenSC`);
  if (said.includes('Failed to load pkcs11 module'))
    return unusable(`${module} is not the library of a token`);
  if (/No slot|CKR_(?:TOKEN_NOT_PRESENT|DEVICE_REMOVED|SLOT_ID_INVALID)/.test(said)) {
    return unusable('there is none with this label; plug it in, or correct the label');
  }
  const reason = /CKR_[A-Z_]+/.exec(said)?.[0] ?? 'no answer that makes sense';
  return unavailable('token_failed', `The token "${token}" has failed: ${reason}`, {
    details: { token },
    cause: error,
  });
}
