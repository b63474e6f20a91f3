import { settingsTable } from '@org/layout-config';

const COLUMN = 40;

const HEAD = `Usage: provision-grpc [options]

Serves enrolment by code over gRPC: provision.v1.EnrolmentService and provisioning.ProvisioningService.

Options:
  --check-config   print the configuration, where each value came from, and the layout; exit 1 on a problem
  --json           with --check-config: print JSON
  --help           print this
  --version        print the version

Everything else is configured by environment variables and a TOML file, whose values win. Both apps read the same:
`;

/** Everything that can be set, with its default. */
export function helpText(): string {
  const rows = settingsTable().map(({ name, default: standard, description }) => {
    const value = standard ? ` [${standard}]` : '';
    return `  ${name.padEnd(COLUMN)} ${description}${value}`;
  });
  return `${HEAD}\n${rows.join('\n')}\n`;
}
