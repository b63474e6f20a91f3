import { parseArgs } from 'node:util';
import { isProvisionError, printableLines } from '@org/domain';
import { type Config, describeConfig, describeConfigJson, formatProblem } from '@org/layout-config';
import { createOperatorToken } from '../callers/operator-tokens.js';
import { openConfiguredStore } from '../configuration/open-store.js';
import { type HostEnvironment, readConfiguration } from '../configuration/read.js';
import { type Logger, createLogger } from '../observability/logger.js';
import { type Server, openServer } from '../server.js';
import { VERSION } from '../version.js';
import { type HealthAddress, healthProblem } from './check-health.js';
import { EXIT } from './exit-codes.js';
import { helpText } from './help.js';

/** An app that listens. */
interface Listening {
  /** What to tell the operator, in a sentence. */
  readonly message: string;
  /** For programs that read the log. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Stops to listen, lets what is under way end, and closes the server too. */
  close(): Promise<void>;
}

interface ServerProgramOptions {
  /** As in `provision-http`. */
  readonly name: string;
  /** For `--help`: what it does, in a few lines. */
  readonly purpose: string;
  readonly surroundings: HostEnvironment;
  /** Where `GET /health` is answered, for `--check-health`. */
  healthAddress(config: Config): HealthAddress;
  listen(server: Server): Promise<Listening>;
}

/** Milliseconds beyond the drain time after which a process that does not end is to be ended. */
const EXIT_GRACE_MS = 5_000;

/**
 * The whole of a server app's command line, from its arguments to its end after SIGTERM or SIGINT.
 *
 * @returns the exit code; `FAILED` also where it was stopped with work left over
 */
export async function runServerProgram(options: ServerProgramOptions): Promise<number> {
  try {
    return await run(options);
  } catch (error) {
    // What the operator can mend is said in a sentence; the rest is a defect, and its stack helps.
    const { message, stack, code } = error as NodeJS.ErrnoException;
    const known = isProvisionError(error) || error instanceof TypeError || code !== undefined;
    note(`error: ${known ? message : (stack ?? String(error))}`);
    if (isProvisionError(error)) note(`more: provision explain ${error.code}`);
    return code?.startsWith('ERR_PARSE_ARGS_') ? EXIT.MISUSED : EXIT.FAILED;
  }
}

async function run(options: ServerProgramOptions): Promise<number> {
  const { name, purpose, surroundings } = options;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: {
      'check-config': flag,
      json: flag,
      'check-health': flag,
      'migrate-only': flag,
      'operator-token': { type: 'string' },
      help: flag,
      version: flag,
    },
  });
  if (values.help) return print(helpText(name, purpose));
  if (values.version) return print(`${VERSION}\n`);
  if (values['operator-token'] !== undefined) return print(operatorToken(values['operator-token']));
  if (values['check-config']) return checkConfiguration(surroundings, values.json === true);
  if (values['check-health']) return checkHealth(options);
  if (values['migrate-only']) return withConfiguration(options, migrate);
  return serve(options);
}

function print(text: string): number {
  process.stdout.write(printableLines(text));
  return 0;
}

function note(text: string): void {
  process.stderr.write(printableLines(`${text}\n`));
}

function operatorToken(name: string): string {
  const { token, line } = createOperatorToken(name);
  return `token (for ${name}; it is shown only now): ${token.reveal()}\nMG_PROVISION_OPERATOR_TOKENS=${line}\n`;
}

function checkConfiguration(surroundings: HostEnvironment, json: boolean): number {
  const loaded = readConfiguration(surroundings);
  print(json ? `${JSON.stringify(describeConfigJson(loaded), null, 2)}\n` : describeConfig(loaded));
  return loaded.ok ? 0 : 1;
}

/** Without the warnings of a start: an engine asks every few seconds. */
async function checkHealth({ surroundings, healthAddress }: ServerProgramOptions): Promise<number> {
  const loaded = readConfiguration(surroundings);
  const problem = loaded.ok
    ? await healthProblem(healthAddress(loaded.config))
    : 'the settings are not valid; --check-config shows why';
  if (problem === undefined) return EXIT.DONE;
  note(`error: ${problem}`);
  return EXIT.FAILED;
}

/** For a job that runs before the apps of a release: they then find the schema that they know, and take no lock. */
async function migrate({ state }: Config, logger: Logger): Promise<number> {
  const store = await openConfiguredStore(state, (message) => logger.info(message));
  await store.close();
  logger.info('the database has the schema of this version');
  return 0;
}

const serve = (options: ServerProgramOptions): Promise<number> =>
  withConfiguration(options, async (config, logger) =>
    listenUntilStopped(await openServer({ config, name: options.name, logger }), options),
  );

/** From here on all that is said is a line of the log, the reason of a failure too: programs read it. */
async function withConfiguration(
  { name, surroundings }: ServerProgramOptions,
  work: (config: Config, logger: Logger) => Promise<number>,
): Promise<number> {
  const loaded = readConfiguration(surroundings);
  if (!loaded.ok) {
    const problems = loaded.problems.map(formatProblem);
    const message = `${name} does not start on this configuration; --check-config shows all of it`;
    createLogger('info', { service: name }).error({ problems }, message);
    return 1;
  }
  const { logLevel, logFormat } = loaded.config.server;
  const logger = createLogger(logLevel, { service: name, format: logFormat });
  for (const warning of loaded.warnings)
    if (warning.severity === 'warning') logger.warn({ setting: warning.key }, formatProblem(warning));
  try {
    return await work(loaded.config, logger);
  } catch (error) {
    logger.error({ err: error }, `${name} does not start: ${messageOf(error)}`);
    return 1;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function listenUntilStopped(
  server: Server,
  { listen }: Pick<ServerProgramOptions, 'listen'>,
): Promise<number> {
  // A signal may come before anything listens.
  const signal = new Promise<string>((resolve) => {
    for (const each of ['SIGTERM', 'SIGINT']) process.on(each, () => resolve(each));
  });
  const listening = await listen(server);
  server.logger.info({ ...listening.facts, version: VERSION }, listening.message);
  return stop({ server, listening, signal: await signal });
}

async function stop(it: { server: Server; listening: Listening; signal: string }): Promise<number> {
  const { logger, provisioner, config } = it.server;
  const { drainMs } = config.server;
  logger.info({ signal: it.signal, drain_ms: drainMs, active: provisioner.active }, 'stopping');
  const stopped = it.listening.close().then(() => {
    logger.info('stopped');
    return 0;
  });
  const late = new Promise<number>((resolve) => {
    setTimeout(() => resolve(1), drainMs + EXIT_GRACE_MS).unref();
  });
  return Promise.race([stopped, late]);
}
