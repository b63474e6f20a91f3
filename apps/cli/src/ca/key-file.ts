import { readFileSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { type ErrorCode, ProvisionError, Secret, isProvisionError, withoutLineEnds } from '@org/domain';
import { readPrivateKey } from '@org/x509';
import { isExposed } from '@org/store';
import { hostEnvironment } from '../host-environment.js';

export const PASSPHRASE = 'MG_PROVISION_AUTHORITY_KEY_PASSPHRASE';

/** Of key files that a command reads or writes, other than the authority's own. */
export function keyPassphrase(): Secret | undefined {
  const passphrase = withoutLineEnds(hostEnvironment.env[PASSPHRASE] ?? '');
  return passphrase ? new Secret(passphrase) : undefined;
}

/** @throws ProvisionError invalid: `key_file_exposed`, and as `readPrivateKey`, naming the file; what the file system says */
export function readKeyFile(file: string): KeyObject {
  if (isExposed(file))
    throw refusal(
      'key_file_exposed',
      `${file}: other users can read or change this file; if no one has, run chmod 600 on it and retry`,
    );
  try {
    return readPrivateKey(readFileSync(file), keyPassphrase());
  } catch (error) {
    throw inFile(file, error);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  chain_incomplete: ' The file must contain every certificate up to the root.',
  key_passphrase_required: ` Set ${PASSPHRASE}.`,
  key_passphrase_wrong: ` It is read from ${PASSPHRASE}.`,
};

/** The same error, with the file, what to do and, for an expired certificate, its dates. */
export function inFile(file: string, error: unknown): unknown {
  if (!isProvisionError(error)) return error;
  const { notBefore, notAfter } = error.details ?? {};
  const dates =
    notAfter === undefined ? '' : ` It is valid from ${String(notBefore)} to ${String(notAfter)}.`;
  return refusal(error.code, `${file}: ${error.message}${dates}${HINTS[error.code] ?? ''}`);
}

const refusal = (code: ErrorCode, message: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message });
