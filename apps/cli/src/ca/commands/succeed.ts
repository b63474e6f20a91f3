import type { Config } from '@org/layout-config';
import type { ParsedCertificate } from '@org/pki';
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

const EXAMPLE = `
The old root's key must be where the authority is kept while this runs. Devices that know only the old root accept
certificates of the new one through a cross-signed certificate, which "export" hands out.

Example:
  $ provision ca succeed --serve-old-for 2400h
  $ provision ca succeed --new-root --algorithm P-384 --serve-old-for 8760h`;

export const succeedCommand = (): Command =>
  addFoundingOptions(new Command('succeed'), 'as the present one')
    .description('put a new issuing authority in the place of the present one')
    .option('--new-root', 'with a new root, cross-signed by the old one')
    .option(
      '--serve-old-for <duration>',
      "how long the old one still answers for its certificates (default: to its certificate's end)",
      duration,
    )
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
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
  note('A service that is running issues with the old authority until it is restarted.');
}

/** The configuration speaks for what an imported authority does not say, or has of an old kind. */
function sameAs(present: ParsedCertificate, { authority }: Config): FoundingDefaults {
  // Of several parts of a kind, Node makes a list, against its type.
  const organizations: string | string[] | undefined = present.x509.toLegacyObject().subject.O;
  return {
    organization: [organizations].flat()[0] ?? authority.organization,
    algorithm: ALGORITHMS.find((each) => each === keyKind(present)) ?? authority.algorithm,
  };
}
