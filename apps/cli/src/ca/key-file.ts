import { readFileSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { type ErrorCode, ProvisionError, Secret, isProvisionError, withoutLineEnds } from '@org/domain';
import { readPrivateKey } from '@org/pki';
import { isExposed } from '@org/store';
import { hostEnvironment } from '../host-environment.js';

export const PASSPHRASE = 'MG_PROVISION_AUTHORITY_KEY_PASSPHRASE';

/** Of keys in files that a command reads or writes, beside the authority's own. */
export function keyPassphrase(): Secret | undefined {
  const passphrase = withoutLineEnds(hostEnvironment.env[PASSPHRASE] ?? '');
  return passphrase ? new Secret(passphrase) : undefined;
}

/** @throws ProvisionError invalid: `key_file_exposed`, and as `readPrivateKey`, naming the file; what the file system says */
export function readKeyFile(file: string): KeyObject {
  if (isExposed(file))
    throw refusal(
      'key_file_exposed',
      `${file}: others may read or change it; if nobody has, chmod 600 it and try again`,
    );
  try {
    return readPrivateKey(readFileSync(file), keyPassphrase());
  } catch (error) {
    throw inFile(file, error);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  chain_incomplete: ' The file must hold every certificate up to the root.',
  key_passphrase_required: ` Put it into ${PASSPHRASE}.`,
  key_passphrase_wrong: ` It is taken from ${PASSPHRASE}.`,
};

/** The same error, with the file, the certificate's dates where they are the matter, and what helps. */
export function inFile(file: string, error: unknown): unknown {
  if (!isProvisionError(error)) return error;
  const { notBefore, notAfter } = error.details ?? {};
  const dates =
    notAfter === undefined ? '' : ` It is valid from ${String(notBefore)} to ${String(notAfter)}.`;
  return refusal(error.code, `${file}: ${error.message}${dates}${HINTS[error.code] ?? ''}`);
}

const refusal = (code: ErrorCode, message: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message });
