import { Controller, Get, Header, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { inField } from '@org/domain';
import type { Enrolments, Operator } from '@org/enrolment';
import type { Server } from '@org/server';
import { ApiForOperators } from '../documentation/callers.js';
import { ApiRefusal } from '../documentation/refusals.js';
import { BodyLimit } from '../request/body-limit.js';
import { JsonBody, NoFields } from '../request/json-body.js';
import { CallerAddress } from '../request/origin.js';
import { ApiPaging, parseChoice, parsePaging } from '../request/paging.js';
import { TakesQuery } from '../request/query-parameters.js';
import { ReadableId } from '../request/readable-id.pipe.js';
import { Needs } from '../security/feature.guard.js';
import { CallingOperator } from '../security/operator.decorator.js';
import { SERVER } from '../server.token.js';
import { EnrolmentDto, EnrolmentsDto, STATES, toEnrolment, toEnrolments } from './enrolment.dto.js';
import { ApproveDto, LookUpDto, parseApprove, parseLookUp } from './enrolment-request.dto.js';

@ApiForOperators('enrolments')
@Needs('enrolment')
@Controller(':domainID/enrolments')
export class EnrolmentsController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Post('lookup')
  @BodyLimit('fields')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Find the device that shows a code, to compare it before approval' })
  @ApiBody({ type: LookUpDto })
  @ApiOkResponse({ type: EnrolmentDto })
  @ApiRefusal(400, 'Not a code (`code_malformed`)')
  @ApiRefusal(404, 'No device waits with this code (`code_unknown`)')
  @ApiRefusal(409, 'More than one device shows this code')
  @ApiRefusal(429, 'Too many wrong codes; see Retry-After')
  async lookUp(
    @CallingOperator() operator: Operator,
    @CallerAddress() address: string,
    @JsonBody('any_charset') body: object,
  ): Promise<EnrolmentDto> {
    const found = this.#enrolments.lookUp({ code: parseLookUp(body), operator, address });
    return toEnrolment(await found.catch(inField('code')));
  }

  @Get()
  @ApiOperation({
    summary: "The domain's enrolments, latest first",
    description:
      'Devices that no operator has approved or denied belong to no domain: look them up by their code.',
  })
  @TakesQuery({ name: 'state', required: false, enum: STATES })
  @ApiPaging()
  @ApiOkResponse({ type: EnrolmentsDto })
  async list(
    @Param('domainID', ReadableId) domainId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<EnrolmentsDto> {
    const paging = parsePaging(query);
    const state = parseChoice('state', query['state'], STATES);
    const found = await this.#enrolments.list({ domainId, ...paging, ...(state && { states: [state] }) });
    return toEnrolments({ ...found, ...paging });
  }

  @Get(':enrolmentID')
  @ApiOperation({ summary: 'Get an enrolment' })
  @ApiOkResponse({ type: EnrolmentDto })
  async show(
    @Param('domainID', ReadableId) domainId: string,
    @Param('enrolmentID', ReadableId) id: string,
  ): Promise<EnrolmentDto> {
    return toEnrolment(await this.#enrolments.find({ id, domainId }));
  }

  @Post(':enrolmentID/approve')
  @BodyLimit('request')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Approve the device: provision its gateway, if a platform is configured, and let it fetch its certificate',
    description:
      'Repeating it is safe: it continues where it stopped. The external key is returned to the device only, whether it ' +
      'was given or generated.',
  })
  @ApiBody({ type: ApproveDto })
  @ApiOkResponse({ type: EnrolmentDto })
  @ApiRefusal(400, 'A field is missing or invalid')
  @ApiRefusal(409, 'The code has expired, or the external id exists')
  @ApiRefusal(422, 'The platform refused')
  @ApiRefusal(503, 'Being approved, or an outage; see Retry-After')
  async approve(
    @Param('domainID', ReadableId) domainId: string,
    @Param('enrolmentID', ReadableId) id: string,
    @CallingOperator() operator: Operator,
    @JsonBody('any_charset') body: object,
  ): Promise<EnrolmentDto> {
    return toEnrolment(
      await this.#enrolments.approve({ id, domainId, operator, request: parseApprove(body) }),
    );
  }

  @Post(':enrolmentID/deny')
  @BodyLimit('fields')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Deny the device, or withdraw an approval that it has not used yet',
    description: 'The resources that the approval created are removed, if necessary in the background.',
  })
  @ApiOkResponse({ type: EnrolmentDto })
  @ApiRefusal(409, 'It has expired, or the device has its certificate')
  @ApiRefusal(503, 'It is being approved, or an outage; see Retry-After')
  async deny(
    @Param('domainID', ReadableId) domainId: string,
    @Param('enrolmentID', ReadableId) id: string,
    @CallingOperator() operator: Operator,
    @NoFields() _body: object,
  ): Promise<EnrolmentDto> {
    return toEnrolment(await this.#enrolments.deny({ id, domainId, operator }));
  }

  get #enrolments(): Enrolments {
    return this.server.enrolments!;
  }
}
