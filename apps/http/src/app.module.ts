import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { Server } from '@org/server';
import { AuthorityController } from './authority/authority.controller.js';
import { CertController } from './cert/cert.controller.js';
import { ErrorFilter } from './errors/exception.filter.js';
import { HealthController } from './health/health.controller.js';
import { LeftoversController } from './leftovers/leftovers.controller.js';
import { MappingController } from './mapping/mapping.controller.js';
import { CallerGuard } from './security/caller.guard.js';
import { SERVER } from './server.token.js';

@Module({})
export class AppModule {
  static for(server: Server): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        MappingController,
        CertController,
        LeftoversController,
        HealthController,
        ...(server.authority ? [AuthorityController] : []),
      ],
      providers: [
        { provide: SERVER, useValue: server },
        { provide: APP_GUARD, useClass: CallerGuard },
        { provide: APP_FILTER, useFactory: () => new ErrorFilter(server.logger) },
      ],
    };
  }
}
