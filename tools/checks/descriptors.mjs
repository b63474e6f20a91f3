#!/usr/bin/env node
/** Writes what the gRPC app's reflection service tells: the file descriptors of all that it serves, byte for byte as buf builds them. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import * as prettier from 'prettier';

/** An input of buf's, and the paths in it. */
const SERVED = [
  // What errors carry in their details, too.
  ['.', 'proto/provisioning.proto', 'proto/provision', 'proto/google'],
  ['node_modules/grpc-health-check/proto'],
  [
    'node_modules/@grpc/reflection/build/proto',
    // Beside it lie samples, which do not compile.
    'node_modules/@grpc/reflection/build/proto/grpc',
  ],
];
const FILE = 'apps/grpc/src/gen/descriptors.json';

/** @returns whether the file differed */
export async function bringDescriptors({ write }) {
  const files = SERVED.flatMap(([input, ...paths]) => filesOf(build(input, paths)));
  const options = await prettier.resolveConfig(FILE);
  const wanted = await prettier.format(JSON.stringify(Object.fromEntries(files)), {
    ...options,
    parser: 'json',
  });
  const differs = wanted !== read(FILE);
  if (differs && write) writeFileSync(FILE, wanted);
  return differs;
}

function build(input, paths) {
  const filters = paths.flatMap((path) => ['--path', path]);
  const kind = ['--as-file-descriptor-set', '--exclude-source-info', '-o', '-#format=binpb'];
  return execFileSync('node_modules/.bin/buf', ['build', input, ...filters, ...kind]);
}

/** A `FileDescriptorSet`, whose one field is its files, as pairs of name and base64. */
function filesOf(set) {
  const files = [];
  for (const reader = new BinaryReader(set); reader.pos < reader.len;) {
    reader.tag();
    const file = reader.bytes();
    files.push([nameOf(file), Buffer.from(file).toString('base64')]);
  }
  return files;
}

/** The first field of a `FileDescriptorProto`. */
function nameOf(file) {
  const reader = new BinaryReader(file);
  reader.tag();
  return reader.string();
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringDescriptors({ write: true });
