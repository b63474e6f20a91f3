#!/usr/bin/env node
/** Writes what the gRPC app's reflection service tells of proto/. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as prettier from 'prettier';

const SERVED = ['proto/provisioning.proto', 'proto/provision'];
const FILE = 'apps/grpc/src/gen/descriptors.json';

/** @returns whether the file differed */
export async function bringDescriptors({ write }) {
  const paths = SERVED.flatMap((path) => ['--path', path]);
  const kind = ['--as-file-descriptor-set', '--exclude-source-info', '-o', '-#format=json'];
  const json = execFileSync('node_modules/.bin/buf', ['build', ...paths, ...kind], { encoding: 'utf8' });
  const options = await prettier.resolveConfig(FILE);
  const wanted = await prettier.format(json, { ...options, parser: 'json' });
  const differs = wanted !== read(FILE);
  if (differs && write) writeFileSync(FILE, wanted);
  return differs;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringDescriptors({ write: true });
