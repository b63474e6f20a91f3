import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { CallerRequest } from './caller.guard.js';

/** The caller's token; undefined for an anonymous caller where those are accepted. */
export const CallerToken = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<CallerRequest>().callerToken,
);
