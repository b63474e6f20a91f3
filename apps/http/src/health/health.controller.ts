import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Server } from '@org/server';
import type { FastifyReply } from 'fastify';
import { ApiRefusal } from '../documentation/refusals.js';
import { Needs } from '../security/feature.guard.js';
import { SERVER } from '../server.token.js';

@ApiTags('operation')
@Controller()
export class HealthController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get('health')
  @Header('Content-Type', 'application/health+json')
  @ApiOperation({ summary: 'That the process is alive; calls no other service' })
  @ApiOkResponse({ description: 'status is always "pass"' })
  health() {
    return this.server.health();
  }

  @Get('ready')
  @ApiOperation({ summary: 'Readiness: every service that provisioning needs answers' })
  @ApiResponse({ status: 200, description: 'All checks passed' })
  @ApiResponse({ status: 503, description: 'A check failed; the body names it' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const readiness = await this.server.readiness();
    void reply.status(readiness.ready ? 200 : 503);
    return readiness;
  }

  @Get('metrics')
  @Needs('metrics')
  @ApiRefusal(404, 'Metrics are off (`metrics_off`)')
  @ApiOperation({ summary: 'Prometheus metrics' })
  @ApiOkResponse({ description: 'Metrics in the Prometheus text format' })
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { registry } = this.server.metrics;
    void reply.header('Content-Type', registry.contentType);
    return registry.metrics();
  }
}
