import { type ErrorCode, type ErrorKind, type JsonObject, ProvisionError } from '@org/domain';

/** An error raised by this app, with the status that the wire requires. */
export class HttpFailure extends ProvisionError {
  override readonly name = 'HttpFailure';

  constructor(
    readonly status: number,
    options: {
      readonly kind: ErrorKind;
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: JsonObject;
    },
  ) {
    super(options);
  }
}
