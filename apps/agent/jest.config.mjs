import preset, { large } from '../../jest.preset.mjs';

// Those with SoftHSM or a booted system have configurations of their own: not every machine has these.
export default {
  ...preset,
  ...large,
  displayName: 'provision-agent',
  testPathIgnorePatterns: ['\\.(hsm|deb)\\.test\\.ts$'],
};
