import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));

/** What every project's Jest shares: ESM, SWC for our own files only, sources instead of `dist`. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  transformIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['@org/source', 'node', 'node-addons'] },
  coverageDirectory: '<rootDir>/coverage',
  // Against tests that hang, not slow machines: how fast something is, benchmarks say.
  testTimeout: 180_000,
};
