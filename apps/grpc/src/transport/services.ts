import type { ServiceDefinition } from '@grpc/grpc-js';
import { type PackageDefinition, loadFileDescriptorSetFromObject, loadSync } from '@grpc/proto-loader';
import { enrolmentV1, provisioning } from '@org/proto';
import { ruleFor } from '@org/server';
import { protoPath as healthProto } from 'grpc-health-check';
import descriptors from '../gen/descriptors.json' with { type: 'json' };

/** What is served, by full name. */
export const SERVICES = {
  'provisioning.ProvisioningService': byWireName(provisioning.ProvisioningServiceService),
  'provision.v1.EnrolmentService': byWireName(enrolmentV1.EnrolmentServiceService),
};
/** Neither app serves what the table of operations lacks. @throws Error */
export function assertRules(): void {
  for (const service of Object.values(SERVICES))
    for (const { path } of Object.values(service)) ruleFor(path.slice(1));
}
export const PACKAGES = ['provisioning', 'provision.v1'];

/** What reflection tells: the services with their messages, and the health service. */
export const reflected = (): PackageDefinition => ({
  ...loadFileDescriptorSetFromObject(descriptors as Parameters<typeof loadFileDescriptorSetFromObject>[0]),
  ...loadSync(healthProto),
});

/** Nest looks methods up by the names that they have on the wire; ts-proto's keys are lower-camel always. */
function byWireName(service: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(Object.values(service).map((method) => [method.path.split('/')[2], method]));
}
