import { Controller, Header, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { inField } from '@org/domain';
import type { Enrolments } from '@org/enrolment';
import type { Server } from '@org/server';
import { ApiRefusal, OUTAGE } from '../documentation/refusals.js';
import { BodyLimit } from '../request/body-limit.js';
import { JsonBody } from '../request/json-body.js';
import { CallerAddress } from '../request/origin.js';
import { Needs } from '../security/feature.guard.js';
import { SERVER } from '../server.token.js';
import { BegunDto, IdentityDto, PolledDto, toBegun, toIdentity, toPolled } from './device-answer.dto.js';
import { BeginDto, PollDto, RedeemDto, parseBegin, parsePoll, parseRedeem } from './device-request.dto.js';

const NO_SUCH = 'No enrolment has this secret, or it has ended; or enrolment is off (`enrolment_off`)';

/** What gRPC's `Begin`, `Poll` and `Redeem` do, for devices without gRPC. Secrets go in bodies only. */
@ApiTags('devices')
@ApiRefusal(400, 'A field, or the certificate request, is malformed')
@ApiRefusal(403, 'Plain HTTP from another machine (`tls_required`)')
@ApiRefusal(404, 'Enrolment is off (`enrolment_off`)')
@ApiRefusal(503, OUTAGE)
@Needs('enrolment')
@Controller('v1/enrolments')
export class DevicesController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Post()
  @BodyLimit('request')
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Begin an enrolment: send a certificate request, and receive a code to show' })
  @ApiBody({ type: BeginDto })
  @ApiResponse({ status: 201, type: BegunDto })
  @ApiRefusal(429, 'Too many devices wait; see Retry-After')
  async begin(@CallerAddress() origin: string, @JsonBody('any_charset') body: object): Promise<BegunDto> {
    const begun = this.#enrolments.begin({ ...parseBegin(body), origin });
    return toBegun(await begun.catch(inField('csr')));
  }

  @Post('poll')
  @BodyLimit('fields')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Poll the state of an enrolment' })
  @ApiBody({ type: PollDto })
  @ApiOkResponse({ type: PolledDto })
  @ApiRefusal(404, NO_SUCH)
  async poll(@JsonBody('any_charset') body: object): Promise<PolledDto> {
    return toPolled(await this.#enrolments.poll(parsePoll(body)));
  }

  @Post('redeem')
  @BodyLimit('request')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Redeem an approval: receive the certificate, and access to the bootstrap configuration',
    description:
      'May be repeated with the same key, which then gets the same certificate; another key never does.',
  })
  @ApiBody({ type: RedeemDto })
  @ApiOkResponse({ type: IdentityDto })
  @ApiRefusal(404, NO_SUCH)
  @ApiRefusal(
    403,
    'Denied, for another key than the enrolment began with, or plain HTTP from another machine',
  )
  @ApiRefusal(
    409,
    'Not approved yet (`enrolment_pending`, see Retry-After), or expired (`enrolment_expired`)',
  )
  @ApiRefusal(503, 'Being redeemed, or an outage; see Retry-After')
  async redeem(@JsonBody('any_charset') body: object): Promise<IdentityDto> {
    return toIdentity(await this.#enrolments.redeem(parseRedeem(body)).catch(inField('csr')));
  }

  get #enrolments(): Enrolments {
    return this.server.enrolments!;
  }
}
