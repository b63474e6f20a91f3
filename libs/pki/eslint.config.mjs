import { library } from '../../eslint.config.mjs';

export default [
  ...library,
  {
    // The benchmark measures the built package, as its users get it.
    files: ['bench/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': ['error', { allow: ['@org/pki', '@org/x509'] }] },
  },
];
