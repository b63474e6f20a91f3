import type { ServiceDefinition } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { enrolmentV1, provisioning } from '@org/proto';
import { ruleFor } from '@org/server';
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

/**
 * What reflection tells: the files of these services, of health and of reflection itself, each as buf built it. They go to
 * the reflection service as they are; what proto-loader makes of them lacks imports, and names of map entries.
 */
export const reflected = (): PackageDefinition => {
  const fileDescriptorProtos = Object.values(descriptors).map((file) => Buffer.from(file, 'base64'));
  return { files: { fileDescriptorProtos } as unknown as PackageDefinition[string] };
};

/** Nest looks methods up by the names that they have on the wire; ts-proto's keys are lower-camel always. */
function byWireName(service: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(Object.values(service).map((method) => [method.path.split('/')[2], method]));
}
