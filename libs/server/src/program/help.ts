import { settingsTable } from '@org/layout-config';
import { EXIT_CODES } from './exit-codes.js';

const COLUMN = 40;

const OPTIONS = `Options:
  --check-config          print the configuration, where each value came from, and the layouts; exit 1 on a problem
  --json                  with --check-config: print JSON
  --check-health          ask the process that runs with these settings for its health; exit 1 when it is not healthy
  --migrate-only          bring the database to the schema of this version, and end
  --operator-token NAME   create a token for an operator, and the line for MG_PROVISION_OPERATOR_TOKENS
  --help                  print this
  --version               print the version

${EXIT_CODES}

Settings come from environment variables and from a TOML file, which takes precedence. The HTTP and the gRPC app read
the same settings:
`;

/** Everything that can be said on the command line and in the settings, with defaults. */
export function helpText(name: string, purpose: string): string {
  const rows = settingsTable().map(({ name: setting, default: standard, description }) => {
    const value = standard ? ` [${standard}]` : '';
    return `  ${setting.padEnd(COLUMN)} ${description}${value}`;
  });
  return `Usage: ${name} [options]\n\n${purpose}\n\n${OPTIONS}\n${rows.join('\n')}\n`;
}
