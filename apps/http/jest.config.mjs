import preset, { large } from '../../jest.preset.mjs';

export default {
  ...preset,
  ...large,
  displayName: 'provision-http',
  // The same PostgreSQL as the store's tests have.
  globalSetup: '<rootDir>/../../libs/store/test/support/postgres-server.mjs',
  globalTeardown: '<rootDir>/../../libs/store/test/support/postgres-server-stop.mjs',
};
