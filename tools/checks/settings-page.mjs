#!/usr/bin/env node
/** Writes docs/reference/settings.md from the one place that declares the settings. Needs a build. */
import { pathToFileURL } from 'node:url';
import { bringPage } from './page.mjs';

const INTRODUCTION = `# Settings of the server apps

<!-- Generated from libs/layout-config by \`npm run generate\`. -->

Both server apps read the same environment variables and the same TOML file (\`MG_PROVISION_CONFIG_FILE\`). Precedence: file, environment, default. An explicit \`false\` in the file counts. A variable that is set but empty counts as unset.

\`--check-config\` prints every value and where it came from. All problems are reported at once, each with the file, line, key and what to write. Obsolete keys of Magistrala's Provision service are accepted, with a warning, and yield to variables.

A secret can stand in a file of its own, as Docker, Kubernetes and systemd hand secrets over: \`MG_PROVISION_STATE_KEY_FILE=/run/secrets/state-key\` instead of \`MG_PROVISION_STATE_KEY\`. This works for every variable that may hold a secret: keys, tokens, passwords, passphrases, the database's URL, the proxy's address.

How files and values are read (encodings, line ends, blanks) is in [Text and encodings](text-and-encodings.md). The layout, \`[[clients]]\`, \`[[channels]]\` and \`[bootstrap]\`, is in [Write a layout](../how-to/layouts.md).
`;

const SECTIONS = {
  server: 'HTTP app',
  grpc: 'gRPC app',
  bootstrap: 'Bootstrap configurations',
  cert: 'Certificates',
  authority: 'Built-in authority',
  enrolment: 'Enrolment by code',
  limits: 'Limits',
  state: 'State',
};

/** @returns whether the page differed */
export async function bringSettingsPage({ write }) {
  const { settingsTable } = await import('../../libs/layout-config/dist/index.js');
  const sections = Map.groupBy(settingsTable(), ({ toml }) => SECTIONS[toml?.split('.')[0]] ?? 'General');
  const parts = [...sections].map(([title, settings]) => {
    const head = ['| Variable | TOML | Default | Meaning |', '|---|---|---|---|'];
    return [`## ${title}`, '', ...head, ...settings.map(row)].join('\n');
  });
  return bringPage('docs/reference/settings.md', [INTRODUCTION, ...parts].join('\n\n'), { write });
}

function row({ name, aliases, toml, default: standard, description }) {
  const names = [name, ...aliases].map((it) => `\`${it}\``).join(', ');
  const cells = [names, toml && `\`${toml}\``, standard && `\`${standard}\``, description];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringSettingsPage({ write: true });
