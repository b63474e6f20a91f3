import { Controller, Get, Header, Headers, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { Secret } from '@org/domain';
import type { Server } from '@org/server';
import { ApiForMembers } from '../documentation/callers.js';
import { ApiRefusal } from '../documentation/refusals.js';
import { JsonBody } from '../request/json-body.js';
import { parseIdempotencyKey } from '../request/idempotency-key.js';
import { ReadableId } from '../request/readable-id.pipe.js';
import { CallerToken } from '../security/caller-token.decorator.js';
import { SERVER } from '../server.token.js';
import { ProvisionRequestDto, parseProvisionRequest } from './provision-request.dto.js';
import { ProvisionResponseDto, toProvisionResponse } from './provision-response.js';

@ApiForMembers('provisioning')
@Controller(':domainID/mapping')
export class MappingController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Provision a gateway: clients, channels, connections, configuration, certificates',
  })
  @ApiBody({ type: ProvisionRequestDto })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key and body return the same answer for a day.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
  })
  @ApiResponse({ status: 201, type: ProvisionResponseDto })
  @ApiRefusal(400, 'A field is missing or invalid')
  @ApiRefusal(401, 'No token, a bad token, or no external_key')
  @ApiRefusal(404, 'The domain does not exist (`domain_unknown`), or there is no platform (`platform_off`)')
  @ApiRefusal(409, 'The external id exists, or is being provisioned')
  @ApiRefusal(415, 'Content-Type is not exactly application/json')
  @ApiRefusal(422, 'The platform refused, or the Idempotency-Key was used with another body')
  @ApiRefusal(
    503,
    'The platform or the database is unavailable, and nothing is left except what `leftovers` lists; or the outcome is not known yet (`outcome_unknown`): the message says how to learn it. See Retry-After',
  )
  async provision(
    @Param('domainID', ReadableId) domainId: string,
    @CallerToken() token: Secret | undefined,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @JsonBody() body: object,
  ): Promise<ProvisionResponseDto> {
    const request = parseProvisionRequest(body);
    const key = parseIdempotencyKey(idempotencyKey);
    const result = await this.server.provisioner.provision({ domainId, request, token, idempotencyKey: key });
    return toProvisionResponse(result);
  }

  @Get()
  @ApiOperation({ summary: 'The configured bootstrap content, with references unresolved' })
  @ApiOkResponse({
    description: 'The content; null when none is configured',
    schema: { type: 'object', nullable: true, additionalProperties: true },
  })
  @Header('Content-Type', 'application/json')
  mapping(): string {
    // As text: the framework would send nothing at all for null, and callers of this wire parse `null`.
    return JSON.stringify(this.server.config.layout.content?.source ?? null);
  }
}
