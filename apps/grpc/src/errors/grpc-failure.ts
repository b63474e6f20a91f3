import type { status } from '@grpc/grpc-js';
import { type ErrorOptions, ProvisionError } from '@org/domain';

/** An error that goes out with a status and a text of its own, because the wire asks for them. */
export class GrpcFailure extends ProvisionError {
  override readonly name = 'GrpcFailure';

  constructor(
    readonly status: status,
    options: ErrorOptions,
  ) {
    super(options);
  }
}
