import type { status } from '@grpc/grpc-js';
import { type ErrorOptions, ProvisionError } from '@org/domain';

/** An error with its own status and text, as the wire requires. */
export class GrpcFailure extends ProvisionError {
  override readonly name = 'GrpcFailure';

  constructor(
    readonly status: status,
    options: ErrorOptions,
  ) {
    super(options);
  }
}
