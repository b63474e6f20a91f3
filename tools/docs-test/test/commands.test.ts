import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND_PAGES, ROOT, pagesOf, readPage, runPage } from '../src/index.js';

describe('the commands of', () => {
  it.each(pagesOf(ROOT, COMMAND_PAGES))('%s run as written, or say why they cannot', async (page) => {
    expect((await runPage(readPage(readFileSync(join(ROOT, page), 'utf8')))).join('\n')).toBe('');
  });
});
