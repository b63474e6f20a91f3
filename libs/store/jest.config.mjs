import preset from '../../jest.preset.mjs';

export default {
  ...preset,
  displayName: 'store',
  globalSetup: '<rootDir>/test/support/postgres-server.mjs',
  globalTeardown: '<rootDir>/test/support/postgres-server-stop.mjs',
};
