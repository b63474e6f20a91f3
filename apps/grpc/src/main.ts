#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { isProvisionError } from '@org/domain';
import { describeConfig, describeConfigJson, formatProblem } from '@org/layout-config';
import { VERSION, openServer, readConfiguration, readPemFiles } from '@org/server';
import { createApp } from './create-app.js';
import { helpText } from './help.js';
import { OperationsServer } from './operations/operations-server.js';
import { surroundings } from './surroundings.js';

/** Milliseconds beyond the drain time after which a process that does not end is ended. */
const EXIT_GRACE_MS = 5_000;

function parseOptions() {
  const boolean = { type: 'boolean' } as const;
  return parseArgs({ options: { 'check-config': boolean, json: boolean, help: boolean, version: boolean } })
    .values;
}

function checkConfiguration(json: boolean): number {
  const loaded = readConfiguration(surroundings);
  process.stdout.write(
    json ? `${JSON.stringify(describeConfigJson(loaded), null, 2)}\n` : describeConfig(loaded),
  );
  return loaded.ok ? 0 : 1;
}

async function serve(): Promise<void> {
  const loaded = readConfiguration(surroundings);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`error: ${formatProblem(problem)}\n`);
    process.stderr.write(
      'provision-grpc does not start on this configuration; --check-config shows all of it\n',
    );
    process.exit(1);
  }
  const server = await openServer({ config: readPemFiles(loaded.config, surroundings) });
  for (const warning of loaded.warnings)
    if (warning.severity === 'warning') server.logger.warn({ setting: warning.key }, formatProblem(warning));
  const app = await createApp(server);
  const operations = new OperationsServer(server);
  const { drainMs } = server.config.server;
  const { host, metricsPort } = server.config.grpc;

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    server.logger.info({ signal, drain_ms: drainMs }, 'stopping');
    setTimeout(() => process.exit(1), drainMs + EXIT_GRACE_MS).unref();
    // Calls under way need what the server holds.
    await app.close();
    await operations.close();
    await server.close();
    server.logger.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));

  const metrics = await operations.listen(metricsPort, host);
  const address = await app.listen();
  server.logger.info(
    { address, metrics_port: metrics, version: VERSION },
    `listening on ${address}; health and metrics on port ${metrics}`,
  );
}

async function main(): Promise<void> {
  const options = parseOptions();
  if (options.help) process.stdout.write(helpText());
  else if (options.version) process.stdout.write(`${VERSION}\n`);
  else if (options['check-config']) process.exitCode = checkConfiguration(options.json === true);
  else await serve();
}

main().catch((error: unknown) => {
  // What the operator can mend is said in a sentence; the rest is a defect, and its stack helps.
  const known =
    isProvisionError(error) ||
    error instanceof TypeError ||
    (error as NodeJS.ErrnoException).code !== undefined;
  process.stderr.write(
    `error: ${known ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exit(1);
});
