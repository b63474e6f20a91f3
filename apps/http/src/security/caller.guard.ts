import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { missingCredentials } from '@org/provisioning';
import type { Operator } from '@org/enrolment';
import { type Rule, type Server, assertPrivate, ruleFor } from '@org/server';
import type { Secret } from '@org/domain';
import type { FastifyRequest } from 'fastify';
import { HttpFailure } from '../errors/http-failure.js';
import { WIRE } from '../errors/messages.js';
import { SERVER } from '../server.token.js';
import { bearerToken } from './bearer.js';

export interface CallerRequest extends FastifyRequest {
  callerToken?: Secret;
  /** The operator who acts for the domain, where the rule is `operator`. */
  operator?: Operator;
  /** Error code of the answer. */
  refusal?: string;
}

/** The message is that of Magistrala's Provision service; the hint says what to do. */
const noAnonymousCallers = () =>
  new HttpFailure(401, {
    kind: 'unauthenticated',
    code: 'missing_credentials',
    message: WIRE.missingToken,
    details: {
      hint: 'send Authorization: Bearer <token>; a request without a token is accepted only where MG_PROVISION_ALLOW_ANONYMOUS is true and the service has credentials for callers (MG_PROVISION_API_KEY, or MG_PROVISION_USERNAME and MG_PROVISION_PASS)',
    },
  });

/** A route in the words of the table of operations. @param url with Fastify's `:name` for parameters */
export const operationOf = (method: string, url: string): string =>
  `${method === 'HEAD' ? 'GET' : method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`;

/** Runs before a body is looked at, so that strangers learn nothing from our checks (Magistrala wire §7.2, order). */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const rule = ruleFor(operationOf(request.method, request.routeOptions.url!));
    assertPrivate(rule, request.origin, this.server.config.enrolment);
    if (rule.who === 'anyone' || rule.who === 'device') return true;
    const header = request.headers.authorization;
    const token = bearerToken(header);
    // A header that is there but unusable is a mistake, never a wish to be anonymous.
    if (!token && (header !== undefined || rule.who !== 'caller' || !this.server.acceptsAnonymous))
      throw header === undefined && rule.who === 'caller' ? noAnonymousCallers() : missingCredentials();
    if (token) await this.#identify(request, token, rule);
    return true;
  }

  async #identify(request: CallerRequest, token: Secret, { who, right, about }: Rule): Promise<void> {
    const { callers } = this.server;
    const { domainID: domainId, machineID } = request.params as { domainID: string; machineID?: string };
    request.callerToken = token;
    if (who === 'caller') return callers.authenticate(token);
    if (who === 'configured') {
      request.operator = await callers.configured(token);
      return;
    }
    const claim = { token, domainId };
    const member =
      who === 'operator' ? (request.operator = await callers.operator(claim)) : await callers.member(claim);
    if (right && about === 'domain') await member.assertMay(right);
    if (right && about === 'machine') await member.assertMay(right, machineID);
  }
}
