import { ProvisionError, type Secret, isProvisionError } from '@org/domain';
import type { IssuedCertificate, Platform, PlatformSession } from '../platform/platform.js';
import { callerToken } from '../saga/credentials.js';

interface CertificateCall {
  readonly domainId: string;
  readonly token: Secret;
  readonly clientId: string;
  /** Go duration; the configured lifetime when undefined. */
  readonly ttl: string | undefined;
}

/** Certificates for clients that exist already. */
export interface Certificates {
  /**
   * Not for the client of an enrolled machine: the machine has a key of its own, and a holder of another certificate of
   * its name could pass for it, even after it is revoked.
   *
   * @throws ProvisionError conflict `machine_enrolled`; `not_found` for a client that does not exist or that the caller may
   *   not see; forbidden `may_not_update` for one that the caller may only see; `unavailable` when there was no answer: what
   *   was issued then is revoked, as its key is known to no one
   */
  issue(call: CertificateCall): Promise<IssuedCertificate>;
}

/** Devices that were enrolled with a key of their own. */
interface EnrolledMachines {
  /** @param id of the client that the machine is */
  find(id: string): Promise<unknown>;
}

interface CertificatesOptions {
  readonly platform: Platform;
  readonly defaultTtl: string;
  /** Undefined where machines are not enrolled. */
  readonly machines: EnrolledMachines | undefined;
}

/** @param options.defaultTtl Go duration text, such as `2400h` */
export function createCertificates({ platform, defaultTtl, machines }: CertificatesOptions): Certificates {
  return {
    async issue({ domainId, token, clientId, ttl = defaultTtl }) {
      const session = platform.open({ domainId, token: callerToken(token) });
      if (!(await session.viewClients([clientId])).has(clientId))
        throw await unknownClient(session, clientId);
      await session.assertMayUpdate(clientId);
      if (await machines?.find(clientId)) throw machineEnrolled(clientId);
      const before = new Set((await session.certificatesOf(clientId)).map(({ serial }) => serial));
      const issued = await session
        .issueCertificate({ clientId, commonName: clientId, ttl })
        .catch(async (error: unknown) => {
          if (!isProvisionError(error) || error.kind !== 'ambiguous') throw error;
          throw await revokeUnanswered(session, { clientId, before, cause: error });
        });
      // It may have become one meanwhile, which revokes what was issued until then.
      if (!(await machines?.find(clientId))) return issued;
      await session.revokeCertificate(issued.serial);
      throw machineEnrolled(clientId);
    },
  };
}

const machineEnrolled = (id: string) =>
  new ProvisionError({
    kind: 'conflict',
    code: 'machine_enrolled',
    message: `${id} is a device that was enrolled with a key of its own; ask it to renew instead (machines/${id}/reissue)`,
  });

/** A stranger sees no clients at all: said as what it is, not as "not found". */
async function unknownClient(session: PlatformSession, clientId: string): Promise<ProvisionError> {
  await session.assertMember();
  return new ProvisionError({
    kind: 'not_found',
    code: 'client_not_found',
    message: `no client ${clientId} in this domain`,
  });
}

/**
 * One new certificate is the one whose answer was lost; the issuer may not list it (Magistrala wire §11.1). Of several,
 * some belong to other requests for the same client; none is revoked then, and the caller is told their serials.
 */
async function revokeUnanswered(
  session: PlatformSession,
  { clientId, before, cause }: { clientId: string; before: ReadonlySet<string>; cause: unknown },
): Promise<ProvisionError> {
  const listed = session
    .certificatesOf(clientId)
    .then((known) => known.filter((it) => !it.revoked && !before.has(it.serial)).map(({ serial }) => serial));
  const serials = await Promise.all([listed, session.unlistedCertificatesOf(clientId)]).then(
    (found) => [...new Set(found.flat())],
    () => undefined,
  );
  const [serial, ...more] = serials ?? [];
  const revoked =
    serial !== undefined && more.length === 0 && (await session.revokeCertificate(serial).then(yes, no));
  const reason = 'issued, but the response was lost';
  const unsearched = `certificates of client ${clientId} could not be searched for one whose response was lost`;
  const left = serials?.map((id) => ({ id, reason })) ?? [{ id: '', reason: unsearched }];
  return new ProvisionError({
    kind: 'unavailable',
    code: 'certificate_unanswered',
    message: 'failed to create certificates',
    cause,
    details: { leftovers: revoked ? [] : left.map((it) => ({ type: 'certificate', ...it })) },
  });
}

const yes = () => true;
const no = () => false;
