/** What may import what; `tsconfig.base.json` and the workspace's exports say where an import leads. */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-authority-on-devices',
      comment:
        'What runs on a device asks for certificates and never issues any; @org/x509 has what both need.',
      severity: 'error',
      from: { path: '^(libs/device|apps/agent)/src/' },
      to: { path: '^libs/pki/', reachable: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '(^|/)dist/', 'out-tsc'] },
    exclude: { path: ['(^|/)dist/', 'out-tsc', '^libs/proto/src/gen/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@org/source', 'import', 'types'],
    },
  },
};
