#!/usr/bin/env node
/** Writes the table of settings into README.md, from the one place that declares them. Needs a build. */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as prettier from 'prettier';

const [BEGIN, END] = ['<!-- settings -->', '<!-- /settings -->'];
const README = new URL('../../README.md', import.meta.url);

/** @returns whether the README differed */
export async function bringReadme({ write }) {
  const { settingsTable } = await import('../../libs/layout-config/dist/index.js');
  const rows = settingsTable().map(({ name, aliases, toml, default: standard, description }) => {
    const names = [name, ...aliases].map((it) => `\`${it}\``).join(', ');
    const cells = [names, toml && `\`${toml}\``, standard && `\`${standard}\``, description];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const table = ['| Variable | TOML | Default | |', '|---|---|---|---|', ...rows].join('\n');
  const text = readFileSync(README, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest.split(END)[1];
  const options = await prettier.resolveConfig(README);
  const wanted = await prettier.format(`${before}${BEGIN}\n\n${table}\n\n${END}${after}`, {
    ...options,
    parser: 'markdown',
  });
  if (wanted !== text && write) writeFileSync(README, wanted);
  return wanted !== text;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringReadme({ write: true });
