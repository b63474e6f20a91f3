/** Reads facts out of our sources with TypeScript's parser, for pages that are generated from them. */
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** @returns what `visit` yields for every node of every source file that matches the pattern */
export function collect(patterns, visit) {
  return patterns
    .flatMap((pattern) => globSync(pattern))
    .sort()
    .flatMap((path) => {
      const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
      const found = [];
      const walk = (node) => {
        found.push(...(visit(node, source) ?? []));
        ts.forEachChild(node, walk);
      };
      walk(source);
      return found;
    });
}

/** The text of a string; of a template with `…` for what is put in. @returns undefined for anything else */
export function textOf(node) {
  if (!node) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  return undefined;
}

/** The value of a property of an object literal. */
export const propertyOf = (object, name) =>
  object.properties.find((it) => it.name && ts.isIdentifier(it.name) && it.name.text === name)?.initializer;

/** Brings a generated page. @returns whether it differed */
export async function bringPage(page, text, { write }) {
  const { readFileSync: read, writeFileSync, existsSync } = await import('node:fs');
  const prettier = await import('prettier');
  const options = await prettier.resolveConfig(page);
  const wanted = await prettier.format(text, { ...options, parser: 'markdown' });
  const differs = !existsSync(page) || read(page, 'utf8') !== wanted;
  if (differs && write) writeFileSync(page, wanted);
  return differs;
}

/** A row of a table. */
export const row = (...cells) =>
  `| ${cells.map((cell) => String(cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`;

export { ts };
