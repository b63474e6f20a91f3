import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { Issuer, chainBehind, readCsr, servedPem } from '@org/pki';
import { deviceProfile } from '@org/server';
import { currentAuthority, existingAnchors } from '@org/store';
import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { duration, jsonOption } from '../options.js';
import { note, print, printJson, timeText } from '../print.js';

const EXAMPLE = `
Example:
  $ openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\
      -keyout gateway-7.key -subj /CN=gateway-7 -out gateway-7.csr
  $ provision-ca sign --machine gateway-7 --lifetime 2160h gateway-7.csr > gateway-7.pem`;

export const signCommand = (): Command =>
  new Command('sign')
    .description('issue a certificate for a certificate request; prints it and its chain')
    .argument('[csr]', 'file with the request, PEM or DER; standard input when left out')
    .requiredOption('--machine <id>', "the machine's id: becomes the common name")
    .option('--lifetime <duration>', 'shorter than the configured one, such as 720h', duration)
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(sign);

interface SignOptions {
  readonly machine: string;
  /** Milliseconds. */
  readonly lifetime?: number;
  readonly json?: boolean;
}

async function sign(csr: string | undefined, { machine, lifetime, json }: SignOptions): Promise<void> {
  const config = configuration();
  const request = readCsr(csr === undefined || csr === '-' ? await buffer(process.stdin) : readFileSync(csr));
  const { issued, anchors, now } = await withAuthority(config, async (kept, store, clock) => {
    const now = clock.now();
    const authority = await currentAuthority(kept, now);
    const issuer = new Issuer({ authority, profiles: [deviceProfile(config, authority)], store, clock });
    return {
      now,
      issued: await issuer.issue({ request, machineId: machine, lifetimeMs: lifetime }),
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
