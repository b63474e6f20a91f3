#!/usr/bin/env node
/** Writes the table of operations into docs/reference/authorization.md, from the one place that declares them. Needs a build. */
import { pathToFileURL } from 'node:url';
import { bringPart } from './page.mjs';

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
  return bringPart('docs/reference/authorization.md', 'operations', table, { write });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringAuthorization({ write: true });
