import preset, { large } from '../../jest.preset.mjs';

// Those with SoftHSM have a configuration of their own: it is not on every machine.
export default {
  ...preset,
  ...large,
  displayName: 'provision-agent',
  testPathIgnorePatterns: ['\\.hsm\\.test\\.ts$'],
};
