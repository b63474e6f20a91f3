import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { Server } from '@org/server';
import { AuthorityController } from './authority/authority.controller.js';
import { CertController } from './cert/cert.controller.js';
import { DevicesController } from './devices/devices.controller.js';
import { EnrolPageController } from './enrol-page/enrol-page.controller.js';
import { EnrolmentsController } from './enrolments/enrolments.controller.js';
import { PendingController } from './enrolments/pending.controller.js';
import { ErrorFilter } from './errors/exception.filter.js';
import { EstController } from './est/est.controller.js';
import { HealthController } from './health/health.controller.js';
import { LeftoversController } from './leftovers/leftovers.controller.js';
import { MachinesController } from './machines/machines.controller.js';
import { MappingController } from './mapping/mapping.controller.js';
import { MechaController } from './mecha/mecha.controller.js';
import { QueryGuard } from './request/query-parameters.js';
import { CallerGuard } from './security/caller.guard.js';
import { FeatureGuard } from './security/feature.guard.js';
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
        EnrolmentsController,
        PendingController,
        MachinesController,
        DevicesController,
        EstController,
        MechaController,
        EnrolPageController,
        HealthController,
        ...(server.authority ? [AuthorityController] : []),
      ],
      providers: [
        { provide: SERVER, useValue: server },
        { provide: APP_GUARD, useClass: FeatureGuard },
        { provide: APP_GUARD, useClass: CallerGuard },
        { provide: APP_GUARD, useClass: QueryGuard },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }
}
