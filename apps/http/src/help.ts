import { settingsTable } from '@org/layout-config';

const COLUMN = 40;

const HEAD = `Usage: provision-http [options]

Serves layout provisioning over HTTP: POST /{domainID}/mapping makes, in Magistrala, what a layout describes. Where the
built-in authority issues certificates, devices are enrolled by code too; GET /enrol is the page to approve them on.

Options:
  --check-config   print the configuration, where each value came from, and the layout; exit 1 on a problem
  --json           with --check-config: print JSON
  --help           print this
  --version        print the version

Everything else is configured by environment variables and a TOML file, whose values win:
`;

/** Everything that can be set, with its default. */
export function helpText(): string {
  const rows = settingsTable().map(({ name, default: standard, description }) => {
    const value = standard ? ` [${standard}]` : '';
    return `  ${name.padEnd(COLUMN)} ${description}${value}`;
  });
  return `${HEAD}\n${rows.join('\n')}\n`;
}
