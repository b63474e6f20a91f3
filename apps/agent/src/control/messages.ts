import { join } from 'node:path';
import type { AttemptResult } from '@org/device';
import { type ErrorCode, type ErrorKind, ProvisionError, isProvisionError } from '@org/domain';
import type { DeprovisionNotice } from '../device/device.js';

/** What the agent that runs can be asked for, by who may write into its folder. */
export interface Orders {
  readonly renew: { readonly order: { readonly force: boolean }; readonly result: AttemptResult };
  readonly deprovision: { readonly order: object; readonly result: DeprovisionNotice };
}

export type Order = {
  readonly [Name in keyof Orders]: { readonly name: Name } & Orders[Name]['order'];
}[keyof Orders];

/** Short: the path of a socket must not be longer than 107 octets (unix(7)). */
export const controlSocketIn = (state: string): string => join(state, 'control');

interface ErrorJson {
  readonly isError: true;
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Errors are ProvisionErrors, wherever they stand in a value. */
export const format = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => {
    if (!isProvisionError(each)) return each;
    const { kind, code, message } = each;
    return { isError: true, kind, code, message } satisfies ErrorJson;
  });

/** @throws SyntaxError */
export const parse = (text: string): unknown =>
  JSON.parse(text, (_, each: unknown) =>
    (Object(each) as Partial<ErrorJson>).isError ? new ProvisionError(each as ErrorJson) : each,
  );
