import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Operator } from '@org/enrolment';
import type { RunRemnants } from '@org/provisioning';
import type { Server } from '@org/server';
import { ApiForMembers } from '../documentation/callers.js';
import { ApiRefusal } from '../documentation/refusals.js';
import { BodyLimit } from '../request/body-limit.js';
import { NoFields } from '../request/json-body.js';
import { ApiPaging, parseChoice, parsePaging } from '../request/paging.js';
import { TakesQuery } from '../request/query-parameters.js';
import { ReadableId, unknownId } from '../request/readable-id.pipe.js';
import { CallingOperator } from '../security/operator.decorator.js';
import { SERVER } from '../server.token.js';
import { LeftoversDto, toLeftovers } from './leftovers.dto.js';
import { RunRemnantsDto, toRunRemnants } from './remnants.dto.js';

const YES_OR_NO = ['true', 'false'] as const;

@ApiForMembers('provisioning')
@Controller(':domainID/leftovers')
export class LeftoversController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get()
  @ApiOperation({
    summary: 'The resources of failed runs that still exist',
    description:
      '`leftovers` could not be removed yet; their removal is retried. `remnants` can never be removed by the ' +
      "platform's API; they are listed until an operator acknowledges them. `offset` and `limit` apply to each list.",
  })
  @ApiPaging()
  @TakesQuery({
    name: 'acknowledged',
    required: false,
    description: '`true`: also lists remnants that were acknowledged',
    schema: { type: 'string', enum: [...YES_OR_NO], default: 'false' },
  })
  @ApiOkResponse({ type: LeftoversDto })
  async list(
    @Param('domainID', ReadableId) domainId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<LeftoversDto> {
    const paging = parsePaging(query);
    const acknowledged = parseChoice('acknowledged', query['acknowledged'], YES_OR_NO) === 'true';
    const [unfinished, remnants] = await Promise.all([
      this.server.journal.unfinished({ domainId, ...paging }),
      this.server.remnants.list({ domainId, ...paging, acknowledged }),
    ]);
    return toLeftovers({ paging, unfinished, remnants });
  }

  @Post(':runID/acknowledge')
  @BodyLimit('fields')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Acknowledge the remnants of a run',
    description:
      'Removes nothing: it records who has dealt with them, and takes them off the list and the metric. May be ' +
      'repeated; the first acknowledgement is kept. Remnants found later must be acknowledged again.',
  })
  @ApiOkResponse({ type: RunRemnantsDto })
  @ApiRefusal(404, 'The domain has no remnants of this run (`id_unknown`)')
  async acknowledge(
    @Param('domainID', ReadableId) domainId: string,
    @Param('runID', ReadableId) runId: string,
    @CallingOperator() { id: by }: Operator,
    @NoFields() _body: object,
  ): Promise<RunRemnantsDto> {
    const remnants = await this.server.remnants.acknowledge({ domainId, runId, by });
    if (!remnants) throw unknownId();
    this.#log(remnants, by);
    return toRunRemnants(remnants);
  }

  /** For audits: the record keeps only the first acknowledgement. */
  #log({ runId: run, domainId: domain, externalId: external_id, items }: RunRemnants, by: string): void {
    this.server.logger.info({ run, domain, external_id, by, remnants: items }, 'remnants acknowledged');
  }
}
