import { Command, InvalidArgumentError, Option } from 'commander';
import { LIVE_PACE } from './bootstrap/hashing.js';
import type { Emulator } from './emulator.js';
import { LIVE_STALENESS } from './entities/staleness.js';
import { provisionEnvironment } from './environment.js';
import { DEFAULT_PORT_BASE, portsFrom } from './ports.js';
import { startEmulator } from './start.js';

interface Arguments {
  readonly host: string;
  readonly portBase: number;
  readonly ports?: 'free';
  readonly latency: number;
  readonly live?: true;
  readonly seed: number;
  readonly certKey: 'rsa' | 'ec';
  readonly json?: true;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('not a whole number');
  return Number(text);
}

const command = () =>
  new Command('magistrala-emulator')
    .description("Behaves like Magistrala's services, oddities included, and misbehaves on request.")
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--port-base <port>',
      "base of the ports; Magistrala's own is the default",
      wholeNumber,
      DEFAULT_PORT_BASE,
    )
    .addOption(new Option('--ports <which>', 'take free ports instead').choices(['free']))
    .option('--latency <ms>', 'time that each call takes', wholeNumber, 0)
    .option(
      '--live',
      'take as long over configurations, and miss what was just created as often, as seen live',
    )
    .option('--seed <number>', 'of all that goes by chance', wholeNumber, 1)
    .addOption(
      new Option('--cert-key <kind>', 'kind of keys in certificates').choices(['rsa', 'ec']).default('rsa'),
    )
    .option('--json', 'print one JSON object on standard output');

/**
 * Starts an emulator as the arguments of the program say.
 *
 * @param args without the program's own name
 * @returns the emulator, and what to tell the user about it
 * @throws ProvisionError `cannot_listen`
 */
export async function startFromArguments(
  args: readonly string[],
): Promise<{ emulator: Emulator; greeting: string }> {
  const { host, portBase, ports, latency, live, seed, certKey, json } = command()
    .parse(args, { from: 'user' })
    .opts<Arguments>();
  const emulator = await startEmulator({
    host,
    latencyMs: latency,
    seed,
    ...(live && { staleChecks: LIVE_STALENESS, configurationPace: LIVE_PACE }),
    certKey,
    ...(ports === 'free' ? {} : portsFrom(portBase)),
  });
  return { emulator, greeting: json ? JSON.stringify(report(emulator)) : text(emulator) };
}

function report(emulator: Emulator) {
  const { urls, authGrpc, admin, bootstrapEncryptKey } = emulator;
  return { urls, authGrpc, admin, bootstrapEncryptKey, environment: provisionEnvironment(emulator) };
}

function text(emulator: Emulator): string {
  const { urls, authGrpc, admin, environment } = report(emulator);
  return [
    'Magistrala emulator is ready.',
    '',
    ...Object.entries(urls).map(([service, url]) => `  ${service.padEnd(10)} ${url}`),
    `  ${'auth gRPC'.padEnd(10)} ${authGrpc}`,
    '',
    `Administrator: ${admin.username} (${admin.email}), password ${admin.password}`,
    '',
    'Point Provision at it:',
    ...Object.entries(environment).map(([name, value]) => `  export ${name}=${value}`),
  ].join('\n');
}
