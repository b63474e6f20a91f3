#!/usr/bin/env node
// npm links this one at its installation, when nothing is built yet.
await import('../dist/main.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist/main.js')) throw error;
  console.error('error: provision is not built yet; run: npm run build');
  process.exitCode = 1;
});
