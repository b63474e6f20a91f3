import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';

const ROOT = new URL('../../', import.meta.url);

/**
 * Brings a generated page up to date; without `write` it only compares.
 *
 * @param path of the page, from the root of the repository
 * @param text Markdown
 * @returns whether the page differed
 */
export async function bringPage(path, text, { write }) {
  const file = fileURLToPath(new URL(path, ROOT));
  const options = await prettier.resolveConfig(file);
  const wanted = await prettier.format(text, { ...options, parser: 'markdown' });
  const differs = wanted !== read(file);
  if (differs && write) writeFileSync(file, wanted);
  return differs;
}

/**
 * The same for a part of a page that people write, between `<!-- name -->` and `<!-- /name -->`.
 *
 * @param part what stands between the two
 */
export async function bringPart(path, name, part, { write }) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = read(fileURLToPath(new URL(path, ROOT)));
  const [before, rest] = text.split(begin);
  const after = rest.split(end)[1];
  return bringPage(path, `${before}${begin}\n\n${part}\n\n${end}${after}`, { write });
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
