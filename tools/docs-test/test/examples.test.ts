import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { EXAMPLE_PAGES, ROOT, compileProblems, examplesOf, pagesOf, readPage } from '../src/index.js';

const FOLDER = join(ROOT, 'tools/docs-test/out-tsc/examples');

it('the examples in TypeScript compile', () => {
  const examples = pagesOf(ROOT, EXAMPLE_PAGES).flatMap((page) =>
    examplesOf(page, readPage(readFileSync(join(ROOT, page), 'utf8'))),
  );
  expect(examples.length).toBeGreaterThan(0);
  expect(compileProblems(examples, FOLDER, ROOT)).toEqual([]);
});

it('an example that calls what is not there does not compile', () => {
  const examples = [{ name: 'wrong.ts', text: "import { noSuch } from '@org/provision-sdk';\nnoSuch();\n" }];
  expect(compileProblems(examples, FOLDER, ROOT).join()).toContain("has no exported member 'noSuch'");
});
