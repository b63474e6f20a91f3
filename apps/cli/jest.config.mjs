import preset, { large } from '../../jest.preset.mjs';

export default { ...preset, ...large, displayName: 'provision-cli' };
