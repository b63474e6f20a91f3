#!/usr/bin/env node
/** Writes docs/reference/errors.md from the explanations in apps/cli, which `provision explain` prints. Needs a build. */
import { globSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { bringPage } from './page.mjs';

const INTRODUCTION = `# Error codes

<!-- Generated from apps/cli/src/explain by \`npm run generate\`. -->

Every error has a stable code: in \`code\` of an HTTP answer, in \`reason\` of gRPC's \`ErrorInfo\`, in \`err.code\` of a log line, and in \`code\` of the SDK's errors. \`provision explain CODE\` prints the text below.

- The _kind_ says what a program can do; the SDK's errors have it. Where it is missing, it depends on the case.
- The _HTTP status_ is that of the HTTP API. EST and the routes of legacy devices answer some codes with the status that their clients expect. Where it is missing, the code does not occur over HTTP, or its status depends on the case.
- A newer version may have more codes: programs need a default.
`;

/** @returns whether the page differed */
export async function bringErrorsPage({ write }) {
  const { EXPLANATIONS, TOPICS } = await import('../../apps/cli/dist/index.js');
  checkKinds(EXPLANATIONS);
  const topics = TOPICS.map(({ title, about, codes }) => {
    const sections = Object.entries(codes).map(([code, explanation]) => section(code, explanation));
    return [`## ${title}`, prose(about), ...sections].join('\n\n');
  });
  return bringPage('docs/reference/errors.md', [INTRODUCTION, ...topics].join('\n\n'), { write });
}

function section(code, { kind, status, meaning, check, fix }) {
  const facts = [status && `HTTP status ${status}`, kind && `kind \`${kind}\``].filter(Boolean).join(', ');
  const lines = [`- **Where to look:** ${prose(check)}`, `- **What to do:** ${prose(fix)}`];
  return [`### \`${code}\``, ...(facts ? [`_${facts}_`] : []), prose(meaning), lines.join('\n')].join('\n\n');
}

/** An explanation that names a kind has that of every error with this code, as far as the sources show it. */
function checkKinds(explanations) {
  const sources = globSync('{apps,libs}/*/src/**/*.ts').filter((path) => !path.includes('/catalogue/'));
  const raised = sources.flatMap((path) => [
    ...readFileSync(path, 'utf8').matchAll(/\bkind: '(?<kind>\w+)',\s*code: '(?<code>\w+)'/g),
  ]);
  const wrong = raised
    .map(({ groups }) => groups)
    .filter(({ kind, code }) => (explanations[code]?.kind ?? kind) !== kind)
    .map(({ kind, code }) => `${code} is raised as ${kind}`);
  if (wrong.length > 0) throw new Error(`apps/cli/src/explain: ${wrong.join('; ')}`);
}

/** Settings and routes as code. */
const prose = (text) =>
  text
    .replaceAll(/\bMG_[A-Z_]+(=[\w-]+)?/g, '`$&`')
    .replaceAll(/\b(GET|POST) \/[\w/{}.]*[\w}]/g, '`$&`')
    .replaceAll('*', '\\*');

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringErrorsPage({ write: true });
