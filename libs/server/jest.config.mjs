import preset from '../../jest.preset.mjs';

export default {
  ...preset,
  displayName: 'server',
  // The same PostgreSQL as the store's tests have.
  globalSetup: '<rootDir>/../store/test/support/postgres-server.mjs',
  globalTeardown: '<rootDir>/../store/test/support/postgres-server-stop.mjs',
};
