import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { credentials, loadPackageDefinition, type makeClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { RunningApp } from './app.js';

export type Version = 'v1' | 'v1alpha';

export interface Reflected {
  readonly listServicesResponse?: { readonly service: { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: Buffer[] };
  readonly errorResponse?: { readonly errorCode: number; readonly errorMessage: string };
}

const folder = join(
  dirname(createRequire(import.meta.url).resolve('@grpc/reflection')),
  '../proto/grpc/reflection',
);

function serviceOf(version: Version): ReturnType<typeof makeClientConstructor> {
  const definition = loadSync(join(folder, version, 'reflection.proto'), { defaults: false, oneofs: true });
  const { grpc } = loadPackageDefinition(definition) as unknown as {
    grpc: { reflection: Record<Version, { ServerReflection: ReturnType<typeof makeClientConstructor> }> };
  };
  return grpc.reflection[version].ServerReflection;
}

/** Asks one thing after another on one stream, as grpcurl does. */
export async function reflect(
  app: Pick<RunningApp, 'address' | 'root'>,
  version: Version,
  requests: readonly object[],
): Promise<Reflected[]> {
  const client = new (serviceOf(version))(app.address, credentials.createSsl(Buffer.from(app.root)));
  try {
    const stream = client['ServerReflectionInfo']!() as unknown as NodeJS.ReadWriteStream & {
      write(message: object): void;
    };
    const answers: Reflected[] = [];
    for (const request of requests) {
      stream.write(request);
      answers.push(((await once(stream, 'data')) as [Reflected])[0]);
    }
    stream.end();
    await once(stream.resume(), 'end');
    return answers;
  } finally {
    client.close();
  }
}
