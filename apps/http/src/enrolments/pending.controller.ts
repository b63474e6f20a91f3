import { Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Enrolments, Operator } from '@org/enrolment';
import type { Server } from '@org/server';
import { ApiRefusal, OUTAGE } from '../documentation/refusals.js';
import { BodyLimit } from '../request/body-limit.js';
import { JsonBody } from '../request/json-body.js';
import { ApiPaging, parsePaging } from '../request/paging.js';
import { TakesQuery } from '../request/query-parameters.js';
import { Needs } from '../security/feature.guard.js';
import { CallingOperator } from '../security/operator.decorator.js';
import { SERVER } from '../server.token.js';
import { EnrolmentsDto, toEnrolments } from './enrolment.dto.js';
import { DropDto, DroppedDto, parseDrop } from './pending.dto.js';

/** Waiting devices belong to no domain, and anyone who sees one could approve it without its code: not for members. */
@ApiTags('enrolments')
@ApiBearerAuth()
@ApiRefusal(401, 'The token is missing or invalid')
@ApiRefusal(403, 'The caller is not an operator from the configuration (`configured_operators_only`)')
@ApiRefusal(404, 'Enrolment is off (`enrolment_off`)')
@ApiRefusal(503, OUTAGE)
@Needs('enrolment')
@Controller('v1/enrolments/pending')
export class PendingController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get()
  @ApiOperation({ summary: 'List the devices that wait for approval and are in no domain yet, latest first' })
  @TakesQuery({
    name: 'origin',
    required: false,
    description: 'An IP address or network such as 192.0.2.0/24 or 2001:db8::/48: only those from there',
  })
  @ApiPaging()
  @ApiOkResponse({ type: EnrolmentsDto })
  async list(@Query() query: Record<string, unknown>): Promise<EnrolmentsDto> {
    const paging = parsePaging(query);
    const { origin } = query;
    const found = await this.#enrolments.listPending({
      ...paging,
      // Parameters that come twice are lists, and as wrong as what is no address.
      ...(origin !== undefined && { origin: typeof origin === 'string' ? origin : '' }),
    });
    return toEnrolments({ ...found, ...paging });
  }

  @Post('drop')
  @BodyLimit('fields')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Drop one or many waiting devices, for example after a flood',
    description:
      'As if they had never begun: their codes are worth nothing, and their devices may begin again.',
  })
  @ApiBody({ type: DropDto })
  @ApiOkResponse({ type: DroppedDto })
  @ApiRefusal(400, 'Not exactly one of the fields is given, or it is malformed')
  async drop(
    @CallingOperator() operator: Operator,
    @JsonBody('any_charset') body: object,
  ): Promise<DroppedDto> {
    return { dropped: await this.#enrolments.dropPending({ operator, which: parseDrop(body) }) };
  }

  get #enrolments(): Enrolments {
    return this.server.enrolments!;
  }
}
