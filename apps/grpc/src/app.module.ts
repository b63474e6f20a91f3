import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Enrolments } from '@org/enrolment';
import type { Server } from '@org/server';
import { EnrolmentController } from './enrolment/enrolment.controller.js';
import { Waiting } from './enrolment/waiting.js';
import { ENROLMENTS } from './enrolments.token.js';
import { ErrorFilter } from './errors/exception.filter.js';
import { ProvisioningController } from './provisioning/provisioning.controller.js';

interface AppParts extends Pick<Server, 'logger' | 'onLimit'> {
  readonly enrolments: Enrolments;
  readonly waiting: Waiting;
}

@Module({})
export class AppModule {
  static for({ enrolments, waiting, ...server }: AppParts): DynamicModule {
    return {
      module: AppModule,
      controllers: [ProvisioningController, EnrolmentController],
      providers: [
        { provide: ENROLMENTS, useValue: enrolments },
        { provide: Waiting, useValue: waiting },
        { provide: APP_FILTER, useFactory: () => new ErrorFilter(server) },
      ],
    };
  }
}
