import { settingsTable } from '@org/layout-config';

const COLUMN = 40;

const OPTIONS = `Options:
  --check-config          print the configuration, where each value came from, and the layouts; exit 1 on a problem
  --json                  with --check-config: print JSON
  --operator-token NAME   make a token for an operator, and the line for MG_PROVISION_OPERATOR_TOKENS
  --help                  print this
  --version               print the version

Everything else is configured by environment variables and a TOML file; what the file says wins. The HTTP and the gRPC
app read the same settings:
`;

/** Everything that can be said on the command line and in the settings, with defaults. */
export function helpText(name: string, purpose: string): string {
  const rows = settingsTable().map(({ name: setting, default: standard, description }) => {
    const value = standard ? ` [${standard}]` : '';
    return `  ${setting.padEnd(COLUMN)} ${description}${value}`;
  });
  return `Usage: ${name} [options]\n\n${purpose}\n\n${OPTIONS}\n${rows.join('\n')}\n`;
}
