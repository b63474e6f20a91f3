#!/usr/bin/env node
/** Checks that what is generated is what its sources give: the types of libs/proto, descriptors, pages of docs. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bringAuthorization } from './authorization-table.mjs';
import { bringCliPage } from './cli-page.mjs';
import { bringDescriptors } from './descriptors.mjs';
import { bringErrorsPage } from './errors-page.mjs';
import { bringGuessing } from './guessing-page.mjs';
import { bringLogEventsPage } from './log-events-page.mjs';
import { bringMetricsPage } from './metrics-page.mjs';
import { bringSettingsPage } from './settings-page.mjs';

const stale = [];
const folder = mkdtempSync(join(tmpdir(), 'provision-generated-'));
try {
  cpSync('libs/proto/src/gen', join(folder, 'committed'), { recursive: true });
  execFileSync('node_modules/.bin/buf', ['lint'], { stdio: 'inherit' });
  execFileSync('node_modules/.bin/buf', ['generate', '--output', folder], { stdio: 'inherit' });
  try {
    execFileSync('diff', ['-r', join(folder, 'committed'), join(folder, 'libs/proto/src/gen')], {
      stdio: 'inherit',
    });
  } catch {
    stale.push('libs/proto/src/gen differs from proto/: npm run generate');
  }
} finally {
  rmSync(folder, { recursive: true });
}
if (await bringDescriptors({ write: false }))
  stale.push('the descriptors of apps/grpc differ from proto/: npm run generate');
if (await bringAuthorization({ write: false }))
  stale.push('docs/reference/authorization.md differs from the table of operations: npm run generate');
if (await bringSettingsPage({ write: false }))
  stale.push('docs/reference/settings.md differs from the settings: npm run generate');
if (await bringCliPage({ write: false }))
  stale.push('docs/reference/cli.md differs from the help of the programs: npm run generate');
if (await bringErrorsPage({ write: false }))
  stale.push('docs/reference/errors.md differs from the explanations in apps/cli: npm run generate');
if (await bringGuessing({ write: false }))
  stale.push('docs/explanation/guessing.md differs from the limits on guessing: npm run generate');
if (await bringMetricsPage({ write: false }))
  stale.push('docs/reference/metrics.md differs from the sources: npm run generate');
if (await bringLogEventsPage({ write: false }))
  stale.push('docs/reference/log-events.md differs from the sources: npm run generate');
for (const line of stale) console.error(line);
process.exitCode = stale.length > 0 ? 1 : 0;
