import preset from '../../jest.preset.mjs';

/** What needs root, dpkg and systemd-nspawn (`npm run test:deb`); a release and a system take minutes on a busy machine. */
export default {
  ...preset,
  displayName: 'provision-agent',
  testMatch: ['<rootDir>/test/**/*.deb.test.ts'],
  testTimeout: 900_000,
};
