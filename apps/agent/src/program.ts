import { Command } from 'commander';
import type { InitOptions } from './commands/init.js';
import { EXIT_CODES } from './exit-codes.js';
import { type JsonOption, type SettingsOption, jsonOption, settingsOption } from './options.js';
import { note } from './output/print.js';
import type { Where } from './settings/read.js';
import { VERSION } from './version.js';

const HELP = `
Settings come from a file (see "provision-agent init --help") and from environment variables, which win.

${EXIT_CODES}

Example:
  $ provision-agent init
  $ provision-agent doctor
  $ provision-agent enrol
  $ provision-agent run`;

/** Runs a command; its module is loaded only then. */
type Run<O> = (where: Where, options: O) => Promise<number>;

/**
 * The command line; parsing it runs a command.
 *
 * @param onExit gets the exit code of a command that has ended by itself
 */
export function agentProgram(onExit: (code: number) => void): Command {
  const program = new Command('provision-agent')
    .description('Gets this device an identity, keeps it fresh, and fetches its bootstrap configuration.')
    .version(VERSION, '-v, --version')
    .addOption(settingsOption())
    .addHelpText('after', HELP);
  const running = <O>(load: () => Promise<Run<O>>) =>
    async function (this: Command, options: O): Promise<void> {
      const { settings } = program.opts<SettingsOption>();
      onExit(await (await load())({ argument: settings }, options));
    };
  const commands = [
    runCommand().action(running<object>(async () => (await import('./commands/run.js')).run)),
    enrolCommand().action(running<JsonOption>(async () => (await import('./commands/enrol.js')).enrol)),
    statusCommand().action(running<JsonOption>(async () => (await import('./commands/status.js')).status)),
    renewCommand().action(running<JsonOption>(async () => (await import('./commands/renew.js')).renew)),
    deprovisionCommand().action(
      running<JsonOption>(async () => (await import('./commands/deprovision.js')).deprovision),
    ),
    doctorCommand().action(running<JsonOption>(async () => (await import('./commands/doctor.js')).doctor)),
    initCommand().action(running<InitOptions>(async () => (await import('./commands/init.js')).init)),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands]) {
    command.configureOutput({ writeErr: (text) => note(text.trimEnd()) });
    // Usage errors are thrown, for main to choose the exit code.
    command.exitOverride().showHelpAfterError('See --help.');
  }
  return program;
}

const runCommand = (): Command =>
  new Command('run')
    .description(
      'look after the identity of this device until stopped: enrol, renew, fetch the configuration',
    )
    .addHelpText(
      'after',
      `
The program for a service manager: it tells systemd when it is ready and alive (NOTIFY_SOCKET, WATCHDOG_USEC), logs to
the standard output or to logging.path, and stops on SIGTERM. Codes are never logged: programs on this device show them.

Example:
  $ provision-agent run --settings /etc/provision-agent/settings.yml`,
    );

const enrolCommand = (): Command =>
  new Command('enrol')
    .alias('enroll')
    .description('show a code, wait for its approval, and fetch the certificate')
    .option('--again', 'although this device has an identity: it becomes another machine')
    .addOption(jsonOption('print an event to a line: code, waiting, provisioned'))
    .addHelpText(
      'after',
      `
May be stopped and started again at any time: it goes on where it was, with the same key.

Example:
  $ provision-agent enrol
  $ provision-agent enrol --json | jq -r 'select(.event == "code").code'`,
    );

const statusCommand = (): Command =>
  new Command('status')
    .description('say what this device is, and how its renewals went; changes nothing')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exits with 0 when the device has an identity that can be used, with 5 when the server has said that it is revoked, else
with 3. This reads local files only; "provision-agent doctor" asks the server.

Example:
  $ provision-agent status --json | jq -r .certificate.notAfter`,
    );

const renewCommand = (): Command =>
  new Command('renew')
    .description('renew the certificate now')
    .option('--if-due', 'only when it is time')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The new certificate is tried out before it takes the place of the old one, which stays in use when anything fails. Where
the agent runs ("provision-agent run"), it does it.

Example:
  $ provision-agent renew
  $ provision-agent renew --if-due --json`,
    );

const deprovisionCommand = (): Command =>
  new Command('deprovision')
    .description('give the identity up: tell the server, and remove certificate, key and configuration')
    .option('-y, --yes', 'do not ask')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
What was not part of the identity stays, also a root certificate that was there before the first enrolment. An agent
that runs enrols the device anew, with a new key: stop it first when that is not wanted.

Example:
  $ provision-agent deprovision --yes`,
    );

const doctorCommand = (): Command =>
  new Command('doctor')
    .description('look for what is wrong, and say what to do about it; changes nothing')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Looks at the settings, the clock, names, TLS to the server, files and their modes, free space, the certificate and the
bootstrap configuration. Exits with 1 when something is wrong that keeps the agent from working, with 5 when the server
has revoked the certificate.

Example:
  $ provision-agent doctor
  $ provision-agent doctor --json | jq '.checks[] | select(.result == "fail")'`,
    );

const initCommand = (): Command =>
  new Command('init')
    .description('write a settings file, with every setting explained')
    .option(
      '--server <url>',
      "address of the server's EnrolmentService, such as https://provision.example:9017",
    )
    .option(
      '--root <sha256 or file>',
      "the server's root certificate: its SHA-256, or a PEM file that holds it",
    )
    .option('--force', 'replace a settings file that exists, which is otherwise left as it is')
    .addHelpText(
      'after',
      `
The file has mode 0600. What root writes into a folder of another group than its own has mode 0640, for that group: so
the service can read /etc/provision-agent/settings.yml.

Example:
  $ provision-agent init
  $ provision-agent init --server https://provision.example:9017 --root root.pem
  $ provision-agent init --settings /etc/provision-agent/settings.yml`,
    );
