import { status } from '@grpc/grpc-js';
import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { isProvisionError } from '@org/domain';
import type { Logger } from '@org/server';
import { type Observable, throwError } from 'rxjs';
import { answerFor } from './answer.js';

@Catch()
export class ErrorFilter implements RpcExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown): Observable<never> {
    const answer = answerFor(error);
    if (!isProvisionError(error) || error.kind === 'internal')
      this.logger.error({ err: error }, 'unexpected error');
    else if (answer.code === status.UNAVAILABLE) this.logger.warn({ err: error }, 'answered UNAVAILABLE');
    return throwError(() => answer);
  }
}
