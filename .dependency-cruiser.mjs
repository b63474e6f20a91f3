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
