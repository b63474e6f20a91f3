import type { Config } from '@org/layout-config';
import type { ParsedCertificate } from '@org/x509';
import { existingAnchors, succeedAuthority } from '@org/store';
import { Command } from 'commander';
import { configuration, withAuthority } from '../configuration.js';
import { describeAuthority, keyKind, printAuthority } from '../describe.js';
import {
  ALGORITHMS,
  type FoundingDefaults,
  type FoundingOptions,
  addFoundingOptions,
  duration,
  foundingPlan,
} from '../options.js';
import { jsonOption } from '../../options.js';
import { note } from '../../print.js';

const HELP = `
The root's private key must be available while this runs. Devices that know only the old root accept
certificates of the new one, because the old root signs it too (a cross-signed certificate). Restart
running services afterwards: until then they issue with the old authority.

Examples:
  $ provision ca succeed --serve-old-for 2400h
  $ provision ca succeed --new-root --algorithm P-384 --serve-old-for 8760h`;

export const succeedCommand = (): Command =>
  addFoundingOptions(new Command('succeed'), 'as now')
    .description('replace the issuing authority, and on request the root')
    .option('--new-root', 'replace the root too; the old root signs the new one')
    .option(
      '--serve-old-for <duration>',
      'how long CRL and OCSP of the old authority stay available (default: until its certificate ends)',
      duration,
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(succeed);

interface SucceedOptions extends FoundingOptions {
  readonly newRoot?: boolean;
  /** Milliseconds. */
  readonly serveOldFor?: number;
  readonly json?: boolean;
}

async function succeed(options: SucceedOptions): Promise<void> {
  const config = configuration();
  const now = Date.now();
  await withAuthority(config, async (authority) => {
    const old = (await existingAnchors(authority)).current[0]!;
    const servedUntil = options.serveOldFor === undefined ? old.notAfter : now + options.serveOldFor;
    const { newRoot = false } = options;
    await succeedAuthority(authority, {
      ...foundingPlan(sameAs(old, config), options, now),
      newRoot,
      servedUntil,
    });
    printAuthority(await describeAuthority(authority, config, now), options);
  });
  note('Restart running services: until then they issue with the old authority.');
}

/** From the configuration where an imported authority has no organisation, or a key of a type that is no longer created. */
function sameAs(present: ParsedCertificate, { authority }: Config): FoundingDefaults {
  // Of several parts of a kind, Node makes a list, against its type.
  const organizations: string | string[] | undefined = present.x509.toLegacyObject().subject.O;
  return {
    organization: [organizations].flat()[0] ?? authority.organization,
    algorithm: ALGORITHMS.find((each) => each === keyKind(present)) ?? authority.algorithm,
  };
}
