import { ProvisionError, type RevocationReason } from '@org/domain';
import { type CertificateRecord, REVOCATION_REASONS } from '@org/pki';
import { parseSerial } from '@org/x509';
import { Command, Option } from 'commander';
import { configuration, withStore } from '../configuration.js';
import { jsonOption } from '../../options.js';
import { print, printJson, timeText } from '../../print.js';

const HELP = `
The next CRL and OCSP answers of the service include it; no restart is needed.

Examples:
  $ provision ca revoke 01:5d:0c:…:9a --reason keyCompromise`;

export const revokeCommand = (): Command =>
  new Command('revoke')
    .description('revoke a certificate; this cannot be undone')
    .argument('<serial>', 'serial number in hexadecimal, with or without colons')
    .addOption(
      new Option('--reason <reason>', 'reason (RFC 5280, section 5.3.1)')
        .choices(Object.keys(REVOCATION_REASONS))
        .default('unspecified'),
    )
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(revoke);

async function revoke(
  text: string,
  { reason, json }: { reason: RevocationReason; json?: boolean },
): Promise<void> {
  const serial = parseSerial(text);
  // Changes the record only: revoking must work without the authority's key, which may be what was stolen.
  const { record, changed } = await withStore(configuration(), async ({ certificates: store, clock }) => {
    const revoked = await store.recordRevoked([{ serial, reason, at: clock.now() }]);
    const [found] = await store.find([serial]);
    return { record: found ?? unknown(serial), changed: revoked.length > 0 };
  });
  if (json) printJson(toJson(record, changed));
  else print(`${sentence(record, changed)}\n`);
}

const toJson = ({ serial, machineId: machine, revocation }: CertificateRecord, changed: boolean) => ({
  serial,
  machine,
  revokedAt: new Date(revocation!.at).toISOString(),
  reason: revocation!.reason,
  changed,
});

function sentence({ serial, machineId, revocation }: CertificateRecord, changed: boolean): string {
  const { at, reason } = revocation!;
  return changed
    ? `revoked ${serial} of ${machineId} (${reason})`
    : `${serial} of ${machineId} was already revoked on ${timeText(at)} (${reason}); nothing was changed`;
}

function unknown(serial: string): never {
  throw new ProvisionError({
    kind: 'not_found',
    code: 'certificate_unknown',
    message: `${serial}: no certificate with this serial is on record; see: provision ca list`,
  });
}
