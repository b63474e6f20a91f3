import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { missingCredentials } from '@org/provisioning';
import type { Operator } from '@org/enrolment';
import type { Server } from '@org/server';
import type { Secret } from '@org/domain';
import type { FastifyRequest } from 'fastify';
import { SERVER } from '../server.token.js';
import { bearerToken } from './bearer.js';

/**
 * What a route asks of its caller: a token of a member; a token of a member or of a configured operator; a token or
 * none at all; nothing.
 */
export type CallerRule = 'member' | 'operator' | 'optional' | 'anyone';

const RULE = 'caller-rule';
/** For a route, or for all of a controller's. */
export const Caller = (rule: CallerRule) => SetMetadata(RULE, rule);

export interface CallerRequest extends FastifyRequest {
  callerToken?: Secret;
  /** Who acts for the domain, where the rule is `operator`. */
  operator?: Operator;
}

/** Runs before a body is looked at, so that strangers learn nothing from our checks (wire §7.2, order). */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SERVER) private readonly server: Server,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const where = [context.getHandler(), context.getClass()];
    const rule = this.reflector.getAllAndOverride<CallerRule | undefined>(RULE, where) ?? 'member';
    if (rule === 'anyone') return true;
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const header = request.headers.authorization;
    const token = bearerToken(header);
    // A header that is there but unusable is a mistake, never a wish to be anonymous.
    if (!token && (header !== undefined || rule !== 'optional' || !this.server.acceptsAnonymous))
      throw missingCredentials();
    if (token) await this.#identify(request, token, rule);
    return true;
  }

  async #identify(request: CallerRequest, token: Secret, rule: Exclude<CallerRule, 'anyone'>): Promise<void> {
    const { callers } = this.server;
    request.callerToken = token;
    if (rule === 'operator')
      request.operator = await callers.operator({ token, domainId: domainOf(request) });
    else await callers.authenticate(token);
    if (rule === 'member') await callers.assertMember(token, domainOf(request));
  }
}

const domainOf = (request: FastifyRequest): string => (request.params as { domainID: string }).domainID;
