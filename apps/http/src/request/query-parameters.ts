import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  applyDecorators,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiQuery, type ApiQueryOptions } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { unknownParameter } from './unknown-name.js';

const TAKEN = 'query-parameters';
const ANY = 'any-query';

/** A query parameter that a route takes; what routes do not say they take is refused. */
export const TakesQuery = (options: ApiQueryOptions & { readonly name: string }) =>
  applyDecorators(ApiQuery(options), takes(options.name));

const takes =
  (name: string): MethodDecorator =>
  (_target, _method, { value }) => {
    const before = (Reflect.getMetadata(TAKEN, value as object) as string[] | undefined) ?? [];
    Reflect.defineMetadata(TAKEN, [...before, name], value as object);
  };

/** For wires of others, which define what happens to unknown parameters, and for pages. */
export const AnyQuery = () => SetMetadata(ANY, true);

/** Runs after the caller is known, as checks of bodies do. */
@Injectable()
export class QueryGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const where = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(ANY, where)) return true;
    const known = this.reflector.get<string[] | undefined>(TAKEN, context.getHandler()) ?? [];
    const { query } = context.switchToHttp().getRequest<FastifyRequest>();
    const name = Object.keys(query as object).find((each) => !known.includes(each));
    if (name !== undefined) throw unknownParameter({ name, known });
    return true;
  }
}
