import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const may = (sourceTag, ...onlyDependOnLibsWithTags) => ({ sourceTag, onlyDependOnLibsWithTags });
const LIBRARIES = ['layer:domain', 'layer:transport', 'layer:x509', 'layer:library'];

/** The direction of imports, said once more in every package.json and in the TypeScript references. */
const boundaries = [
  may('layer:domain'),
  may('layer:transport', 'layer:domain'),
  may('layer:x509', 'layer:domain'),
  may('layer:library', 'layer:domain', 'layer:transport', 'layer:x509'),
  may('layer:provisioning', ...LIBRARIES),
  may('layer:enrolment', ...LIBRARIES, 'layer:provisioning'),
  may('layer:store', ...LIBRARIES, 'layer:provisioning', 'layer:enrolment'),
  may('layer:platform', ...LIBRARIES, 'layer:provisioning'),
  may('layer:device', ...LIBRARIES),
  may('layer:server', ...LIBRARIES, 'layer:provisioning', 'layer:enrolment', 'layer:platform', 'layer:store'),
  may('layer:sdk', 'layer:domain', 'layer:transport'),
  may(
    'layer:app',
    ...LIBRARIES,
    'layer:provisioning',
    'layer:enrolment',
    'layer:store',
    'layer:server',
    'layer:device',
  ),
  may('layer:tool', '*'),
  may('layer:test-support'),
  {
    sourceTag: 'framework:none',
    bannedExternalImports: ['@nestjs/*', 'fastify'],
  },
];

export const base = tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/out-tsc',
      '**/bundle',
      '**/coverage',
      '**/node_modules',
      '.nx',
      'libs/proto/src',
    ],
  },
  ...tseslint.configs.recommended,
  {
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          allow: ['^.*/eslint(\\.base)?\\.config\\.[cm]?js$', '^.*/jest\\.preset\\.mjs$'],
          depConstraints: boundaries,
        },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'max-lines': ['error', { max: 400 }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // They look at what was built, not at sources, and are no projects.
    files: ['{tools/checks,tools/release-test,deploy}/**/*.mjs'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    // Tests may use the emulator as the other end of the wire, and what they share.
    files: ['**/test/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [
            '@org/harness',
            '@org/harness/agent',
            '@org/harness/postgres',
            '@org/magistrala-emulator',
            '@org/provision-cli',
            '@org/provision-grpc',
            '@org/provision-http',
            '@org/provision-sdk',
            '@org/test-support',
            '@org/test-support/errors',
          ],
          depConstraints: boundaries,
        },
      ],
    },
  },
);

/** Libraries are handed what they need: only apps, and the adapters made for it, look around by themselves. */
export const library = tseslint.config(...base, {
  files: ['src/**/*.ts'],
  rules: {
    'no-restricted-imports': ['error', { patterns: ['node:fs', 'node:fs/*', 'fs'] }],
    'no-restricted-properties': [
      'error',
      { object: 'process', property: 'env', message: 'Only apps read the environment.' },
    ],
  },
});

/** Decorated signatures need value imports: metadata is emitted for them, and Nest injects by it. */
export const app = tseslint.config(...base, {
  files: ['src/**/*.ts'],
  rules: { '@typescript-eslint/consistent-type-imports': 'off' },
});

export default base;
