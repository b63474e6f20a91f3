import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const swc = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));

// The programs that tests start, hundreds of times, need not compile the same modules each time.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('./.nx/compile-cache', import.meta.url));

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

/** Of a large suite, which on two processors would otherwise run in one process, and be the last to end. */
export const large = { maxWorkers: Math.max(2, availableParallelism() - 1) };
