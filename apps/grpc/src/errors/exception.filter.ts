import { type Metadata, status } from '@grpc/grpc-js';
import { type ArgumentsHost, Catch, type RpcExceptionFilter } from '@nestjs/common';
import { isProvisionError } from '@org/domain';
import { type Server, limitOf } from '@org/server';
import { type Observable, throwError } from 'rxjs';
import { callerOf } from '../calls/caller.js';
import { answerFor } from './answer.js';

@Catch()
export class ErrorFilter implements RpcExceptionFilter {
  constructor(private readonly server: Pick<Server, 'logger' | 'onLimit'>) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    const { logger, onLimit } = this.server;
    const answer = answerFor(error);
    if (!isProvisionError(error) || error.kind === 'internal')
      logger.error({ err: error }, 'unexpected error');
    else if (answer.code === status.UNAVAILABLE) logger.warn({ err: error }, 'answered UNAVAILABLE');
    const limit = limitOf(error);
    if (limit !== undefined)
      onLimit(limit, { address: callerOf(host.switchToRpc().getContext<Metadata>()).address });
    return throwError(() => answer);
  }
}
