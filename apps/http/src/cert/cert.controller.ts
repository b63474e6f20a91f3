import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Secret } from '@org/domain';
import type { Server } from '@org/server';
import { ErrorDto } from '../documentation/error.dto.js';
import { JsonBody } from '../request/json-body.js';
import { CallerToken } from '../security/caller-token.decorator.js';
import { SERVER } from '../server.token.js';
import { CertRequestDto, CertResponseDto, parseCertRequest } from './cert.dto.js';

@ApiTags('certificates')
@ApiBearerAuth()
@ApiParam({ name: 'domainID', description: 'Magistrala domain' })
@Controller(':domainID/cert')
export class CertController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Issue a certificate for an existing client' })
  @ApiBody({ type: CertRequestDto })
  @ApiResponse({ status: 201, type: CertResponseDto })
  @ApiResponse({ status: 400, type: ErrorDto, description: 'client_id is missing, or ttl is not a duration' })
  @ApiResponse({ status: 401, type: ErrorDto })
  @ApiResponse({ status: 403, type: ErrorDto })
  @ApiResponse({ status: 404, type: ErrorDto, description: 'No such client' })
  @ApiResponse({ status: 503, type: ErrorDto })
  async issue(
    @Param('domainID') domainId: string,
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
