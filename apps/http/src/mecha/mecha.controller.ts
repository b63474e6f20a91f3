import { Controller, Get, Header, HttpCode, Inject, Ip, Post, Query, UseFilters } from '@nestjs/common';
import { ApiBody, ApiExcludeEndpoint, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Secret, parseDuration } from '@org/domain';
import type { MachineCredentials } from '@org/enrolment';
import { certificatePem } from '@org/pki';
import type { Server } from '@org/server';
import { HttpFailure } from '../errors/http-failure.js';
import { JsonBody } from '../request/json-body.js';
import { rfc3339 } from '../request/rfc3339.js';
import { Caller } from '../security/caller.guard.js';
import { Needs } from '../security/feature.guard.js';
import { SERVER } from '../server.token.js';
import { type Envelope, granted } from './envelope.js';
import { EnvelopeFilter } from './envelope.filter.js';
import { SignDto, parseSign } from './sign.dto.js';

/** Without the path, which goes before the ticket. */
const SIGN_PATH = 'v1/provisioning/cert/sign';
const NO_MESSAGING = [
  'v1/messaging/get_nonce',
  'v1/messaging/issue_token',
  'v1/auth/get_nonce',
  'v1/auth/issue_token',
];

/**
 * The HTTP wire of mecha-agent (mecha wire §2). Its codes and tickets stand in addresses: nothing here may log, count or
 * repeat an address.
 */
@ApiTags("old devices (mecha-agent's wire)")
@UseFilters(EnvelopeFilter)
@Needs('old_devices')
@Caller('anyone')
@Controller()
export class MechaController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get('v1/ping')
  @Needs('enrolment')
  @ApiOperation({ summary: 'That the service is there; any answer of 2xx says so' })
  ping(): Envelope {
    return granted(200, {});
  }

  @Get('v1/provisioning/manifest/find')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'A device asks whether the code that it shows was approved' })
  @ApiQuery({ name: 'code', description: 'Six letters or digits that the device made' })
  @ApiResponse({ status: 200, description: 'Its payload: machine_id, cert_sign_url, cert_valid_upto' })
  @ApiResponse({ status: 404, description: 'Not approved; keep asking. payload is null' })
  async find(@Ip() address: string, @Query('code') code: unknown): Promise<Envelope> {
    const answer = await this.#enrolments.ask({ code: textOf(code), address });
    if (answer.state !== 'approved') throw unclaimed();
    return granted(200, {
      machine_id: answer.machineId,
      cert_sign_url: `/${SIGN_PATH}?ticket=${encodeURIComponent(answer.ticket.reveal())}`,
      // Required, and never used by anybody.
      cert_valid_upto: rfc3339(Date.now() + parseDuration(this.server.config.provisioning.certTtl)!),
    });
  }

  /** Where `cert_sign_url` leads; without a ticket, and by its second name, where devices re-issue. */
  @Post([SIGN_PATH, 'cert-sign'])
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'A device hands in its key, after an approval or when asked to re-issue' })
  @ApiQuery({ name: 'ticket', required: false, description: 'From cert_sign_url' })
  @ApiBody({ type: SignDto })
  @ApiResponse({ status: 201, description: 'Its payload: cert, root_cert, ca_bundle' })
  @ApiResponse({ status: 403, description: 'No such ticket, or no longer; re-issue was not asked for' })
  async sign(
    @Ip() address: string,
    @Query('ticket') ticket: unknown,
    @JsonBody('any_charset') body: object,
  ): Promise<Envelope> {
    const call = { ...parseSign(body), ticket: ticket === undefined ? undefined : textOf(ticket), address };
    return granted(201, toSigned(await this.#enrolments.sign(call)));
  }

  @Post(NO_MESSAGING)
  @ApiExcludeEndpoint()
  messaging(): never {
    throw new HttpFailure(404, {
      kind: 'not_found',
      code: 'messaging_not_offered',
      message: 'this service has no messaging; provisioning works without it',
    });
  }

  get #enrolments() {
    return this.server.enrolments!;
  }
}

/** Parameters that come twice are lists, and as wrong as what cannot be a code. */
const textOf = (parameter: unknown): Secret => new Secret(typeof parameter === 'string' ? parameter : '');

/** What an old agent reads as "keep asking": an answer without a payload. */
const unclaimed = () =>
  new HttpFailure(404, {
    kind: 'not_found',
    code: 'code_not_claimed',
    message: 'nobody has approved this code yet',
  });

const toSigned = ({ certificate, root, caBundle }: MachineCredentials) => ({
  cert: certificatePem(certificate),
  root_cert: certificatePem(root),
  ca_bundle: caBundle.map(certificatePem),
});
