import preset from '../../jest.preset.mjs';

export default { ...preset, displayName: 'magistrala-sdk' };
