import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Config } from '@org/layout-config';
import {
  type Authority,
  type DeviceProfile,
  type IssueOptions,
  Issuer,
  chainBehind,
  servedPem,
} from '@org/pki';
import { readCsr } from '@org/x509';
import { deviceProfile, serverProfile } from '@org/server/command-line';
import { currentAuthority, existingAnchors } from '@org/store';
import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { duration } from '../options.js';
import { jsonOption } from '../../options.js';
import { note, print, printJson, timeText } from '../../print.js';

const DAY_MS = 86_400e3;
/** Milliseconds. Long, because servers do not renew by themselves as devices do. */
const SERVER_LIFETIME_MS = 90 * DAY_MS;
/** What TLS clients accept at most (CA/Browser Forum, since 2020). */
const LONGEST_SERVER_LIFETIME_MS = 398 * DAY_MS;

const HELP = `
A device's certificate gets the machine id as its common name. A server's certificate is valid only
for the names given with --name, and the request may contain no others; it is valid for TLS servers
only, for 2160h by default and 9552h at most.

Examples:
  $ openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\
      -keyout gateway-7.key -subj /CN=gateway-7 -out gateway-7.csr
  $ provision ca sign --machine gateway-7 --lifetime 2160h gateway-7.csr > gateway-7.pem
  $ provision ca sign --server --name mqtt.example.com --name 10.0.0.7 broker.csr > broker.pem`;

export const signCommand = (): Command =>
  new Command('sign')
    .description('issue a certificate for a certificate request, and print it with its chain')
    .argument('[csr]', 'file with the request, PEM or DER (default: standard input)')
    .option('--machine <id>', 'issue for the device with this machine id')
    .option('--server', 'issue for a TLS server')
    .option('--name <name>', 'host name or IP address of the server; may be repeated', listed)
    .option(
      '--lifetime <duration>',
      'how long it is valid, such as 720h; for a device at most as configured',
      duration,
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(sign);

const listed = (name: string, before: readonly string[] = []): string[] => [...before, name];

interface SignOptions {
  readonly machine?: string;
  readonly server?: boolean;
  readonly name?: readonly string[];
  /** Milliseconds. */
  readonly lifetime?: number;
  readonly json?: boolean;
}

/** Whom to issue to, and by which profile. */
interface SigningRequest extends Pick<IssueOptions, 'machineId' | 'subject' | 'lifetimeMs'> {
  profile(config: Config, authority: Authority): DeviceProfile;
}

function signingRequestOf({ machine, server, name = [], lifetime }: SignOptions): SigningRequest | undefined {
  const [first] = name;
  if (machine !== undefined && !server && first === undefined)
    return { machineId: machine, lifetimeMs: lifetime, profile: deviceProfile };
  if (machine !== undefined || !server || first === undefined) return undefined;
  return {
    machineId: first,
    subject: 'ignored',
    lifetimeMs: lifetime ?? SERVER_LIFETIME_MS,
    profile: (config, authority) =>
      serverProfile({
        names: name,
        lifetimeMs: LONGEST_SERVER_LIFETIME_MS,
        addresses: deviceProfile(config, authority).addresses,
      }),
  };
}

async function sign(csr: string | undefined, options: SignOptions, command: Command): Promise<void> {
  const signing =
    signingRequestOf(options) ??
    command.error('error: give either --machine <id>, or --server with a --name <name>');
  const { machineId: machine, profile, ...terms } = signing;
  const { json } = options;
  const config = configuration();
  const request = readCsr(csr === undefined || csr === '-' ? await buffer(process.stdin) : readFileSync(csr));
  const { issued, anchors, now } = await withAuthority(config, async (kept, store, clock) => {
    const now = clock.now();
    const authority = await currentAuthority(kept, now);
    const issuer = new Issuer({ authority, profiles: [profile(config, authority)], store, clock });
    return {
      now,
      issued: await issuer.issue({ request, machineId: machine, ...terms }),
      anchors: await existingAnchors(kept),
    };
  });
  const { serial, fingerprint, notBefore, notAfter, pem } = issued;
  const chain = servedPem(chainBehind(anchors, new X509Certificate(pem), now));
  if (json)
    return printJson({
      serial,
      machine,
      fingerprint,
      notBefore: new Date(notBefore).toISOString(),
      notAfter: new Date(notAfter).toISOString(),
      certificate: pem,
      chain,
    });
  print(pem + chain);
  note(`serial ${serial}, valid until ${timeText(notAfter)}`);
}
