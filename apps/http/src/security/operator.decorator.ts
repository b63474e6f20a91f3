import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { CallerRequest } from './caller.guard.js';

/** The operator who acts for the domain; for routes with the rule `operator`. */
export const CallingOperator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<CallerRequest>().operator!,
);
