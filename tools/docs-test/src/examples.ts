import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Item } from './page.js';

interface Example {
  readonly name: string;
  readonly text: string;
}

/** @returns the blocks of TypeScript, each a module, after what the comment above it declares */
export function examplesOf(page: string, items: readonly Item[]): Example[] {
  return items.flatMap((item) => {
    if (item.kind !== 'block' || item.language !== 'ts') return [];
    const { directive, line, text } = item;
    if (directive?.name === 'skip') return [];
    const declared = directive?.name === 'declare' ? directive.body : '';
    return [
      { name: `${page.replaceAll(/\W+/g, '-')}-${line}.ts`, text: `${declared}\n${text}\nexport {};\n` },
    ];
  });
}

/**
 * Type-checks examples against the sources of our packages.
 *
 * @param folder below a folder that resolves them; it is created and removed
 * @returns one line for each problem
 */
export function compileProblems(examples: readonly Example[], folder: string, root: string): string[] {
  mkdirSync(folder, { recursive: true });
  try {
    const files = examples.map(({ name, text }) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    const base = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')) as {
      compilerOptions: object;
    };
    const { options } = ts.convertCompilerOptionsFromJson(base.compilerOptions, root);
    const program = ts.createProgram(files, {
      ...options,
      composite: false,
      noEmit: true,
      noUnusedLocals: false,
      types: ['node', 'jest'],
      skipLibCheck: true,
    });
    const ours = files.flatMap((file) => {
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    return ours.map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
