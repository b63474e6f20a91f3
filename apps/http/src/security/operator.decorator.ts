import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { CallerRequest } from './caller.guard.js';

/** Who acts for the domain, as the guard found out; for routes with the rule `operator`. */
export const CallingOperator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<CallerRequest>().operator!,
);
