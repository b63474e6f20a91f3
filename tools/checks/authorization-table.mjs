#!/usr/bin/env node
/** Writes the table of operations into docs/reference/authorization.md, from the one place that declares them. Needs a build. */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as prettier from 'prettier';

const [BEGIN, END] = ['<!-- operations -->', '<!-- /operations -->'];
const PAGE = new URL('../../docs/reference/authorization.md', import.meta.url);

const ABOUT = {
  domain: 'all clients of the domain',
  machine: "the machine's client",
  client: 'the client concerned',
};

const TLS = { always: 'needed', unless_allowed: 'by setting' };

/** @returns whether the page differed */
export async function bringAuthorization({ write }) {
  const { OPERATIONS } = await import('../../libs/server/dist/callers/operations.js');
  const rows = Object.entries(OPERATIONS).map(([operation, { who, right, about, tls }]) => {
    const asked = [right ? `\`${right}\`` : '', about ? ABOUT[about] : '', tls ? TLS[tls] : ''];
    const cells = [`\`${operation}\``, `\`${who}\``, ...asked];
    return `| ${cells.join(' | ')} |`;
  });
  const table = ['| operation | caller | right | on | TLS |', '|---|---|---|---|---|', ...rows].join('\n');
  const text = readFileSync(PAGE, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest.split(END)[1];
  const options = await prettier.resolveConfig(PAGE);
  const wanted = await prettier.format(`${before}${BEGIN}\n\n${table}\n\n${END}${after}`, {
    ...options,
    parser: 'markdown',
  });
  if (wanted !== text && write) writeFileSync(PAGE, wanted);
  return wanted !== text;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringAuthorization({ write: true });
