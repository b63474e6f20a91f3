import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { Secret } from '@org/domain';
import type { Server } from '@org/server';
import { ApiForMembers } from '../documentation/callers.js';
import { ApiRefusal } from '../documentation/refusals.js';
import { BodyLimit } from '../request/body-limit.js';
import { JsonBody } from '../request/json-body.js';
import { ReadableId } from '../request/readable-id.pipe.js';
import { CallerToken } from '../security/caller-token.decorator.js';
import { SERVER } from '../server.token.js';
import { CertRequestDto, CertResponseDto, parseCertRequest } from './cert.dto.js';

@ApiForMembers('certificates')
@Controller(':domainID/cert')
export class CertController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Post()
  @BodyLimit('fields')
  @HttpCode(201)
  @ApiOperation({ summary: 'Issue a certificate for an existing client' })
  @ApiBody({ type: CertRequestDto })
  @ApiResponse({ status: 201, type: CertResponseDto })
  @ApiRefusal(400, 'client_id is missing, or ttl is not a duration')
  @ApiRefusal(409, 'The client is an enrolled device, which has a key of its own (`machine_enrolled`)')
  @ApiRefusal(404, 'The client does not exist, or there is no platform (`platform_off`)')
  async issue(
    @Param('domainID', ReadableId) domainId: string,
    @CallerToken() token: Secret,
    @JsonBody() body: object,
  ): Promise<CertResponseDto> {
    const { certificate, key } = await this.server.certificates.issue({
      domainId,
      token,
      ...parseCertRequest(body),
    });
    return { certificate, key };
  }
}
