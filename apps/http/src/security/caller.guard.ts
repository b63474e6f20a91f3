import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { missingCredentials } from '@org/provisioning';
import type { Server } from '@org/server';
import type { Secret } from '@org/domain';
import type { FastifyRequest } from 'fastify';
import { SERVER } from '../server.token.js';
import { bearerToken } from './bearer.js';

/** What a route asks of its caller: a token of a member, a token or none at all, or nothing. */
export type CallerRule = 'member' | 'optional' | 'anyone';

const RULE = 'caller-rule';
export const Caller = (rule: CallerRule) => SetMetadata(RULE, rule);

export interface CallerRequest extends FastifyRequest {
  callerToken?: Secret;
}

/** Runs before a body is looked at, so that strangers learn nothing from our checks (wire §7.2, order). */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SERVER) private readonly server: Server,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.get<CallerRule | undefined>(RULE, context.getHandler()) ?? 'member';
    if (rule === 'anyone') return true;
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const header = request.headers.authorization;
    const token = bearerToken(header);
    // A header that is there but unusable is a mistake, never a wish to be anonymous.
    if (!token && (header !== undefined || rule === 'member' || !this.server.acceptsAnonymous))
      throw missingCredentials();
    if (token) {
      request.callerToken = token;
      await this.server.callers.authenticate(token);
      if (rule === 'member') await this.server.callers.assertMember(token, domainOf(request));
    }
    return true;
  }
}

const domainOf = (request: FastifyRequest): string => (request.params as { domainID: string }).domainID;
