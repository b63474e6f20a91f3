#!/usr/bin/env node
/**
 * Checks that every package that we pass on, with the apps, the agent or the libraries, is under a licence of this list. What
 * only builds and tests need is not passed on.
 */
import { readFileSync } from 'node:fs';

const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/** Of the Node that comes with the clone and of the compiler: they run here, and are not passed on. */
const TOOLS = /^node_modules\/(@swc\/|node$|node\/)/;

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const wrong = Object.entries(packages).filter(
  ([path, { link, dev, devOptional, license }]) =>
    path.includes('node_modules/') &&
    !link &&
    !dev &&
    !devOptional &&
    !TOOLS.test(path) &&
    !isAllowed(license),
);
for (const [path, { license }] of wrong)
  console.error(
    `${path}: licence ${license ?? 'not named'} is not on the list of tools/checks/licenses.mjs; read it, then add it or leave the package`,
  );
process.exitCode = wrong.length > 0 ? 1 : 0;

/** SPDX expressions: all of what AND joins, one of what OR joins. */
function isAllowed(license = '') {
  const plain = license.replaceAll(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((each) => ALLOWED.has(each)));
}
