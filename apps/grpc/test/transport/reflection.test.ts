import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FileRegistry, create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import descriptors from '../../src/gen/descriptors.json' with { type: 'json' };
import { SERVICES } from '../../src/transport/services.js';
import { type RunningApp, startApp } from '../support/app.js';
import { type Reflected, type Version, reflect } from '../support/reflection.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const REFLECTION = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];
const ALL = [...Object.keys(SERVICES), 'grpc.health.v1.Health', ...REFLECTION];

describe.each(['v1', 'v1alpha'] as const)('reflection, %s', (version) => {
  const ask = async (request: object): Promise<Reflected> => (await reflect(app, version, [request]))[0]!;

  it('lists every service of the app', async () => {
    const { listServicesResponse } = await ask({ listServices: '*' });
    expect(listServicesResponse!.service.map(({ name }) => name).toSorted()).toEqual(ALL.toSorted());
  });

  it.each(ALL)(
    'tells another library all about %s: what it needs is imported, and can be had',
    async (name) => {
      const registry = await describeLikeGrpcurl(version, name);
      const service = registry.getService(name)!;
      expect(service.methods.length).toBeGreaterThan(0);
      for (const { input, output } of service.methods)
        for (const message of [input, output]) expect(registry.getMessage(message.typeName)).toBe(message);
    },
  );

  it('tells the methods and fields of our own service as they are on the wire', async () => {
    const registry = await describeLikeGrpcurl(version, 'provision.v1.EnrolmentService.Begin');
    const begin = registry.getService('provision.v1.EnrolmentService')!.method['begin']!;
    expect(begin).toMatchObject({ name: 'Begin', methodKind: 'unary' });
    expect(begin.output.fields.map((field) => field.name)).toContain('polling_secret');
    const { fields } = registry.getMessage('provision.v1.CheckInResponse')!;
    expect(fields.find(({ name }) => name === 'server_time')?.message?.typeName).toBe(
      'google.protobuf.Timestamp',
    );
  });

  it('tells what errors carry, maps as maps', async () => {
    const registry = await describeLikeGrpcurl(version, 'google.rpc.ErrorInfo');
    const { fields } = registry.getMessage('google.rpc.ErrorInfo')!;
    expect(fields.find(({ name }) => name === 'metadata')).toMatchObject({ fieldKind: 'map' });
  });

  it('serves every file byte for byte as buf built it', async () => {
    for (const [name, base64] of Object.entries(descriptors)) {
      const { fileDescriptorResponse } = await ask({ fileByFilename: name });
      const [file] = fileDescriptorResponse!.fileDescriptorProto;
      expect({ name, base64: Buffer.from(file!).toString('base64') }).toEqual({ name, base64 });
    }
  });

  it('says so when there is no such thing', async () => {
    const refused = { errorResponse: { errorCode: status.NOT_FOUND } };
    expect(await ask({ fileContainingSymbol: 'provision.v1.Nothing' })).toMatchObject(refused);
    expect(await ask({ fileByFilename: 'nothing.proto' })).toMatchObject(refused);
    const extension = { containingType: 'google.rpc.Status', extensionNumber: 1 };
    expect(await ask({ fileContainingExtension: extension })).toMatchObject(refused);
    expect(await ask({ allExtensionNumbersOfType: 'google.rpc.Status' })).toMatchObject(refused);
  });
});

/** Asks for the file of a symbol, then for each import that has not come yet, and has another library link them. */
async function describeLikeGrpcurl(version: Version, symbol: string): Promise<FileRegistry> {
  const files = new Map<string, FileDescriptorProto>();
  const take = ([answer]: Reflected[]) => {
    expect(answer!.errorResponse).toBeUndefined();
    for (const bytes of answer!.fileDescriptorResponse!.fileDescriptorProto) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      files.set(file.name, file);
    }
  };
  take(await reflect(app, version, [{ fileContainingSymbol: symbol }]));
  for (;;) {
    const missing = [...files.values()].flatMap(({ dependency }) => dependency).find((it) => !files.has(it));
    if (missing === undefined) break;
    take(await reflect(app, version, [{ fileByFilename: missing }]));
  }
  return createFileRegistry(create(FileDescriptorSetSchema, { file: inOrder(files) }));
}

/** Imports first. */
function inOrder(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const add = (file: FileDescriptorProto) => {
    for (const name of file.dependency) add(files.get(name)!);
    ordered.add(file);
  };
  for (const file of files.values()) add(file);
  return [...ordered];
}
