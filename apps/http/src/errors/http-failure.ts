import { type ErrorCode, type ErrorKind, type JsonObject, ProvisionError } from '@org/domain';

/** An error that this app itself raises, with the status that the wire asks for. */
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
