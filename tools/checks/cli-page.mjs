#!/usr/bin/env node
/** Writes docs/reference/cli.md from the help of the programs themselves. Needs a build. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bringPage } from './page.mjs';

const WIDTH = 100;

const INTRODUCTION = `# Command line

<!-- Generated from the help of the programs by \`npm run generate\`. -->

- [provision](#provision): for operators
- [provision-agent](#provision-agent): on devices; its exit codes for a device in each state are on [a page of their own](agent-exit-codes.md)
- [provision-http](#provision-http) and [provision-grpc](#provision-grpc): the server apps; their [settings](settings.md)

Each program, and each command, prints its text with \`--help\`.
`;

/** @returns whether the page differed */
export async function bringCliPage({ write }) {
  const { provisionProgram } = await import('../../apps/cli/dist/index.js');
  const { agentProgram } = await import('../../apps/agent/dist/index.js');
  const programs = [
    ...sectionsOf(provisionProgram()),
    ...sectionsOf(agentProgram(() => {})),
    serverSection('http'),
    serverSection('grpc'),
  ];
  return bringPage('docs/reference/cli.md', [INTRODUCTION, ...programs].join('\n\n'), { write });
}

function sectionsOf(command, above = '') {
  const name = `${above}${command.name()}`;
  return [
    section(name, helpOf(command), above === '' ? '##' : '###'),
    ...command.commands.flatMap((each) => sectionsOf(each, `${name} `)),
  ];
}

/** As `--help` prints it. */
function helpOf(command) {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => WIDTH });
  command.outputHelp();
  return text;
}

/** Without the settings, which have a page of their own. */
function serverSection(app) {
  const main = fileURLToPath(new URL(`../../apps/${app}/dist/main.js`, import.meta.url));
  const help = execFileSync(process.execPath, [main, '--help'], { encoding: 'utf8' });
  return section(`provision-${app}`, help.split('\nSettings come from')[0], '##');
}

const section = (name, help, level) => `${level} ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\``;

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringCliPage({ write: true });
