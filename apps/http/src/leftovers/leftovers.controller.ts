import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Server } from '@org/server';
import { HttpFailure } from '../errors/http-failure.js';
import { SERVER } from '../server.token.js';
import { LeftoversDto, toLeftovers } from './leftovers.dto.js';

const DEFAULT_LIMIT = 10;
const LONGEST_PAGE = 100;

@ApiTags('provisioning')
@ApiBearerAuth()
@ApiParam({ name: 'domainID', description: 'Magistrala domain' })
@Controller(':domainID/leftovers')
export class LeftoversController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get()
  @ApiOperation({ summary: 'What failed runs made and could not remove yet; retried without being asked' })
  @ApiQuery({ name: 'offset', required: false, schema: { type: 'integer', minimum: 0, default: 0 } })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: LONGEST_PAGE, default: DEFAULT_LIMIT },
  })
  @ApiOkResponse({ type: LeftoversDto })
  async list(
    @Param('domainID') domainId: string,
    @Query('offset') offsetText?: string,
    @Query('limit') limitText?: string,
  ): Promise<LeftoversDto> {
    const offset = whole('offset', offsetText, { least: 0, most: Number.MAX_SAFE_INTEGER, otherwise: 0 });
    const limit = whole('limit', limitText, { least: 1, most: LONGEST_PAGE, otherwise: DEFAULT_LIMIT });
    const { total, runs } = await this.server.journal.unfinished({ domainId, offset, limit });
    return toLeftovers({ total, offset, limit, runs });
  }
}

function whole(
  field: string,
  text: string | undefined,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && value >= least && value <= most) return value;
  throw new HttpFailure(400, {
    kind: 'invalid',
    code: 'invalid_query_parameters',
    message: `${field} must be a whole number from ${least} to ${most}`,
    details: { field },
  });
}
