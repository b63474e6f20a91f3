#!/usr/bin/env node
/**
 * Makes what is published, in `bundle/`: one file with the service and the emulator, which are no packages of their own, its
 * types, and a manifest. Needs a build.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync('bundle', { recursive: true, force: true });
await build({
  absWorkingDir: process.cwd(),
  entryPoints: ['dist/index.js'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.13',
  outfile: 'bundle/dist/index.js',
  minifySyntax: true,
  minifyWhitespace: true,
  // Nest finds providers by the names of classes.
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
  banner: {
    js: [
      "import { createRequire as requireOf } from 'node:module';",
      'const require = requireOf(import.meta.url);',
      'const __filename = import.meta.filename;',
      'const __dirname = import.meta.dirname;',
    ].join(' '),
  },
  plugins: [{ name: 'files beside the bundle', setup: findFiles }],
  // Ordinary dependencies, which load files of theirs; and what Nest, Fastify and pg would only load when it is there.
  external: [
    '@grpc/grpc-js',
    'grpc-health-check',
    '@nats-io/*',
    '@fastify/multipart',
    '@fastify/static',
    '@fastify/view',
    '@nestjs/platform-express',
    '@nestjs/websockets',
    '@nestjs/websockets/*',
    'amqp-connection-manager',
    'amqplib',
    'class-transformer/storage',
    'ioredis',
    'kafkajs',
    'mqtt',
    'nats',
    'pg-native',
  ],
});
cpSync('../../apps/http/public', 'bundle/dist/public', { recursive: true });
for (const types of ['index.d.ts', 'device.d.ts']) cpSync(`dist/${types}`, `bundle/dist/${types}`);
for (const text of ['README.md', '../../LICENSE']) cpSync(text, `bundle/${text.split('/').at(-1)}`);
writeFileSync('bundle/package.json', `${JSON.stringify(manifest(), undefined, 2)}\n`);

function manifest() {
  const { name, version, description, license, engines, dependencies } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  const outside = Object.entries(dependencies).filter(([dependency]) => !dependency.startsWith('@org/'));
  return {
    ...{ name, version, description, license, type: 'module', engines },
    main: './dist/index.js',
    types: './dist/index.d.ts',
    exports: {
      './package.json': './package.json',
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    },
    dependencies: Object.fromEntries(outside),
  };
}

function findFiles({ onLoad }) {
  onLoad({ filter: /enrol-page\.controller\.js$/ }, ({ path }) => ({
    contents: readFileSync(path, 'utf8').replace('../../public/', './public/'),
    loader: 'js',
  }));
}
