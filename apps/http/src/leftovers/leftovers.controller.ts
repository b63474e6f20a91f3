import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Server } from '@org/server';
import { ApiForMembers } from '../documentation/callers.js';
import { ApiPaging, parsePaging } from '../request/paging.js';
import { ReadableId } from '../request/readable-id.pipe.js';
import { SERVER } from '../server.token.js';
import { LeftoversDto, toLeftovers } from './leftovers.dto.js';

@ApiForMembers('provisioning')
@Controller(':domainID/leftovers')
export class LeftoversController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get()
  @ApiOperation({ summary: 'What failed runs made and could not remove yet; retried without being asked' })
  @ApiPaging()
  @ApiOkResponse({ type: LeftoversDto })
  async list(
    @Param('domainID', ReadableId) domainId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<LeftoversDto> {
    const paging = parsePaging(query);
    const { total, runs } = await this.server.journal.unfinished({ domainId, ...paging });
    return toLeftovers({ total, ...paging, runs });
  }
}
