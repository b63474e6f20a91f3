import preset from '../../jest.preset.mjs';

/** What needs SoftHSM and OpenSC (`npm run test:hsm`). */
export default { ...preset, displayName: 'provision-agent', testMatch: ['<rootDir>/test/**/*.hsm.test.ts'] };
