import preset from '../../jest.preset.mjs';

// Those with SoftHSM have a configuration of their own: it is not on every machine.
export default { ...preset, displayName: 'device', testPathIgnorePatterns: ['\\.hsm\\.test\\.ts$'] };
