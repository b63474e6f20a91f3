import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Server } from '@org/server';
import { HttpFailure } from '../errors/http-failure.js';
import { SERVER } from '../server.token.js';

/** What a configuration may leave out. */
type Feature = 'enrolment' | 'legacy_devices' | 'metrics';

const FEATURE = 'feature';
/** Names the feature that a route or a controller needs. */
export const Needs = (feature: Feature) => SetMetadata(FEATURE, feature);

/** Runs first: the caller must learn how to switch the feature on, not that a token is missing. */
@Injectable()
export class FeatureGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SERVER) private readonly server: Server,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const where = [context.getHandler(), context.getClass()];
    const feature = this.reflector.getAllAndOverride<Feature | undefined>(FEATURE, where);
    const off = feature && whatIsOff(this.server, feature);
    if (!off) return true;
    const code = `${off}_off` as const;
    throw new HttpFailure(404, { kind: 'not_found', code, message: HOW_TO_SWITCH_ON[off] });
  }
}

function whatIsOff({ enrolments, config }: Server, feature: Feature): Feature | undefined {
  if (feature === 'metrics') return config.server.metrics ? undefined : feature;
  if (!enrolments) return 'enrolment';
  return feature === 'legacy_devices' && !enrolments.acceptsLegacyDevices ? 'legacy_devices' : undefined;
}

const HOW_TO_SWITCH_ON: Record<Feature, string> = {
  enrolment:
    'enrolment by code is off here; MG_PROVISION_CERTS_BACKEND=builtin switches it on, unless MG_PROVISION_ENROLMENT ' +
    'is off',
  legacy_devices:
    'codes that devices make themselves are off here; MG_PROVISION_LEGACY_DEVICES=true switches them on',
  metrics: 'metrics are off here; MG_PROVISION_METRICS=on switches them on',
};
