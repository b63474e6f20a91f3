import { X509Certificate, createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import {
  type ConfigLocation,
  type PemBlock,
  type RawText,
  type Report,
  type Saying,
  Secret,
  isCertificate,
  isDer,
  isPrivateKey,
  isProvisionError,
  readPem,
  toPem,
} from '@org/domain';
import type { Resolved, Settings } from './resolve.js';
import { SYSTEM_ANCHORS } from './table/platform.js';

/** What is in a file; undefined when there is none of that name. Throws when it cannot be read. */
export type ReadFile = (path: string) => RawText | undefined;

type CertificateSetting = Resolved<string | undefined>;
type KeySetting = Resolved<Secret | undefined>;

/**
 * The settings with the texts of the PEM files that they name. What TLS would refuse when the service starts is a problem
 * now. Of what was written or read nothing is shown: someone may have pasted a key where a path belongs.
 */
export function readPemFiles(settings: Settings, readFile: ReadFile, report: Report): Settings {
  const pem = new PemReader(readFile, report);
  const { serverCert, serverKey, grpcCert, grpcKey, caCerts } = settings;
  const [ownCert, ownKey] = pem.pair(serverCert, serverKey);
  const [ownGrpcCert, ownGrpcKey] = pem.pair(grpcCert, grpcKey);
  return {
    ...settings,
    serverCert: ownCert,
    serverKey: ownKey,
    grpcCert: ownGrpcCert,
    grpcKey: ownGrpcKey,
    caCerts: pem.certificates(caCerts),
    ...(settings.authGrpcUrl.explicit && readAuthGrpc(settings, pem)),
  };
}

function readAuthGrpc(settings: Settings, pem: PemReader): Partial<Settings> {
  const { authGrpcClientCert, authGrpcClientKey, authGrpcServerCaCerts: anchors } = settings;
  const [clientCert, clientKey] = pem.pair(authGrpcClientCert, authGrpcClientKey);
  return {
    authGrpcClientCert: clientCert,
    authGrpcClientKey: clientKey,
    authGrpcServerCaCerts: anchors.resolved === SYSTEM_ANCHORS ? anchors : pem.certificates(anchors),
  };
}

class PemReader {
  constructor(
    private readonly readFile: ReadFile,
    private readonly report: Report,
  ) {}

  /** A certificate with its chain, and its key. */
  pair(certSetting: CertificateSetting, keySetting: KeySetting): [CertificateSetting, KeySetting] {
    const [cert, key] = [this.certificates(certSetting), this.#key(keySetting)];
    if (cert.resolved !== undefined && key.resolved) this.#checkPair(cert, key);
    return [cert, key];
  }

  /** One or more certificates, each PEM as RFC 7468 writes it; undefined where there is a problem with them. */
  certificates(setting: CertificateSetting): CertificateSetting {
    const raw = setting.resolved === undefined ? undefined : this.#raw(setting, setting.resolved);
    return { ...setting, resolved: raw === undefined ? undefined : this.#certificatesIn(setting, raw) };
  }

  #certificatesIn({ subject }: Resolved, raw: RawText): string | undefined {
    const wanted = 'certificates in PEM (-----BEGIN CERTIFICATE-----) or DER';
    const blocks = this.#attempt(subject, { message: 'there is no certificate in it', wanted }, () => {
      const found = blocksOf(raw, 'CERTIFICATE').filter(isCertificate);
      if (found.length === 0) throw new NothingFound();
      return found;
    });
    const certificates = blocks?.map(({ label, der }, index) =>
      this.#attempt(subject, { message: `its certificate ${index + 1} cannot be read`, wanted }, () =>
        // Read by its label, a trusted one comes without what OpenSSL writes behind it.
        toPem('CERTIFICATE', new X509Certificate(toPem(label, der)).raw),
      ),
    );
    return certificates?.every((each) => each !== undefined) ? certificates.join('') : undefined;
  }

  #key(setting: KeySetting): KeySetting {
    const raw = setting.resolved ? this.#raw(setting, setting.resolved.reveal()) : undefined;
    if (raw === undefined) return { ...setting, resolved: undefined };
    const saying = {
      message: 'it is no private key that can be used',
      wanted: 'a private key in PEM or in DER (PKCS#8), without a passphrase',
    };
    const key = this.#attempt(setting.subject, saying, () => keyIn(raw));
    return { ...setting, resolved: key === undefined ? undefined : new Secret(key) };
  }

  #checkPair(certSetting: CertificateSetting, keySetting: KeySetting): void {
    const [cert, key] = [certSetting.resolved!, keySetting.resolved!.reveal()];
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
      this.report.problem(keySetting.subject, {
        message: `it is not the key of the certificate in ${certSetting.subject.key}`,
        found: 'the key of another',
        wanted: "the certificate's own key; the certificate comes before those of its chain",
      });
    else
      this.#attempt(
        certSetting.subject,
        {
          message: 'TLS does not take it',
          wanted: 'a certificate and key that OpenSSL takes at its standard security level',
        },
        () => createSecureContext({ cert, key }),
      );
  }

  /** The PEM text itself, or what the file of that name holds. */
  #raw({ subject }: Resolved, value: string): RawText | undefined {
    // Files of variables have one line to a variable: there, \n stands for the end of a line.
    if (value.includes('-----BEGIN ')) return value.replaceAll(/(?:\\r)?\\n/g, '\n');
    const saying = {
      message: 'the file cannot be read',
      wanted: 'the path of a PEM file, or the PEM text itself',
    };
    return this.#attempt(subject, saying, () => {
      const raw = this.readFile(value);
      if (raw === undefined) throw new NothingFound('no such file');
      return raw;
    });
  }

  #attempt<T>(subject: ConfigLocation, saying: Omit<Saying, 'found'>, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.report.problem(subject, { ...saying, found: reasonOf(error) });
      return undefined;
    }
  }
}

class NothingFound extends Error {
  constructor(readonly reason = 'none') {
    super(reason);
  }
}

/** @param label of what is given as DER */
function blocksOf(raw: RawText, label: string): PemBlock[] {
  return typeof raw !== 'string' && isDer(raw) ? [{ label, der: Buffer.from(raw) }] : readPem(raw);
}

/** PEM: of several blocks, such as `EC PARAMETERS` or certificates, the first that is a private key. */
function keyIn(raw: RawText): string {
  const block = blocksOf(raw, 'PRIVATE KEY').find(isPrivateKey);
  if (!block) throw new NothingFound();
  const pem = toPem(block.label, block.der, block.headers);
  createPrivateKey(pem);
  return pem;
}

/** Why something failed, in words that hold nothing of what it was given. */
function reasonOf(error: unknown): string {
  if (isProvisionError(error)) return error.message;
  const { reason, code } = error as { readonly reason?: string; readonly code?: string };
  return reason ?? code ?? 'something unreadable';
}
