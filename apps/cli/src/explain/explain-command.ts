import { ERROR_CODES, type ErrorCode, nearest, printable } from '@org/domain';
import { Command } from 'commander';
import { jsonOption } from '../options.js';
import { print, printJson, tableText } from '../print.js';
import { EXPLANATIONS, TOPICS } from './explanations.js';

const EXAMPLES = `
Answers of the API, log lines and messages of the agent have such codes. The same texts are in
docs/reference/errors.md.

Examples:
  $ provision explain token_ends_too_soon
  $ provision explain --json code_unknown
  $ provision explain | grep token`;

export const explainCommand = (): Command =>
  new Command('explain')
    .description('explain an error code: what happened, where to look and what to do')
    .argument('[code]', 'such as token_ends_too_soon; without it, all codes are listed')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(explain);

function explain(text: string | undefined, { json }: { readonly json?: boolean }, command: Command): void {
  if (text === undefined) return json ? printJson(EXPLANATIONS) : print(listText());
  const name = text.trim().toLowerCase().replaceAll('-', '_');
  if (!isErrorCode(name)) return command.error(`error: ${unknownText(name)}`);
  if (json) printJson({ code: name, ...EXPLANATIONS[name] });
  else print(explanationText(name));
}

const isErrorCode = (name: string): name is ErrorCode => Object.hasOwn(EXPLANATIONS, name);

const listText = (): string =>
  TOPICS.map(({ title, codes }) => {
    const rows = Object.entries(codes).map(([code, { meaning }]) => [`  ${code}`, meaning]);
    return `${title}\n${tableText(rows)}`;
  }).join('\n');

function explanationText(code: ErrorCode): string {
  const { kind, status, meaning, check, fix } = EXPLANATIONS[code];
  const facts = [kind && `kind ${kind}`, status && `HTTP status ${status}`].filter(Boolean);
  return [
    [code, ...facts].join(', '),
    '',
    `What happened: ${meaning}`,
    `Where to look: ${check}`,
    `What to do:    ${fix}`,
    '',
  ].join('\n');
}

/** Names longer than any code are cut: they come from elsewhere, and only say that something was mixed up. */
const LONGEST_SHOWN = 64;
const MOST_SUGGESTED = 5;

function unknownText(name: string): string {
  const shown = JSON.stringify(printable(name.slice(0, LONGEST_SHOWN)));
  if (/^[1-5]\d\d$/.test(name))
    return `${name} is an HTTP status; give the "code" of the answer, or "provision explain" lists all codes`;
  const meant = similarTo(name);
  const help = meant.length > 0 ? `similar: ${meant.join(', ')}` : '"provision explain" lists all codes';
  return `there is no error code ${shown}; ${help}`;
}

/** Codes with a typing error at most, then codes that contain the name. */
function similarTo(name: string): string[] {
  const left = new Set<string>(ERROR_CODES);
  const found: string[] = [];
  for (let next = nearest(name, left); next !== undefined; next = nearest(name, left)) {
    found.push(next);
    left.delete(next);
  }
  const containing = name === '' ? [] : [...left].filter((code) => code.includes(name));
  return [...found, ...containing].slice(0, MOST_SUGGESTED);
}
