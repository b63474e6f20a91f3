import preset from '../../jest.preset.mjs';

/** What needs SoftHSM and OpenSC (`npm run test:hsm`). */
export default { ...preset, displayName: 'device', testMatch: ['<rootDir>/test/**/*.hsm.test.ts'] };
