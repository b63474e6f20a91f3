import { X509Certificate, createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { Secret } from '@org/domain';
import type { Report, Saying } from './problem.js';
import type { Resolved, Settings } from './resolve.js';
import { SYSTEM_ANCHORS } from './settings/platform.js';

/** The text of a file; undefined when there is none of that name. Throws when it cannot be read. */
export type ReadFile = (path: string) => string | undefined;

type CertificateSetting = Resolved<string | undefined>;
type KeySetting = Resolved<Secret | undefined>;

const CERTIFICATES = /-----BEGIN ((?:X509 )?CERTIFICATE)-----[^]*?-----END \1-----/g;

/**
 * The settings with the texts of the PEM files that they name. What TLS would refuse when the service starts is a problem
 * now. Of what was written or read nothing is shown: somebody may have pasted a key where a path belongs.
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

  /** One or more certificates; undefined where there is a problem with them. */
  certificates(setting: CertificateSetting): CertificateSetting {
    const text = setting.resolved && this.#text(setting, setting.resolved);
    const ok = text && this.#areCertificates(setting, text);
    return { ...setting, resolved: ok ? text : undefined };
  }

  #areCertificates({ subject }: Resolved, text: string): boolean {
    const wanted = 'certificates in PEM, -----BEGIN CERTIFICATE-----';
    const blocks = text.match(CERTIFICATES) ?? [];
    if (blocks.length === 0)
      this.report.problem(subject, { message: 'there is no certificate in it', found: 'none', wanted });
    const unreadable = blocks.flatMap((block, index) => {
      const found = refusalOf(() => new X509Certificate(block));
      return found === undefined
        ? []
        : [{ message: `its certificate ${index + 1} cannot be read`, found, wanted }];
    });
    for (const saying of unreadable) this.report.problem(subject, saying);
    return blocks.length > 0 && unreadable.length === 0;
  }

  #key(setting: KeySetting): KeySetting {
    const text = setting.resolved && this.#text(setting, setting.resolved.reveal());
    const ok =
      text &&
      this.#succeeds(setting, () => createPrivateKey(text), {
        message: 'it is no private key that can be used',
        wanted: 'a private key in PEM, without a passphrase',
      });
    return { ...setting, resolved: ok ? new Secret(text) : undefined };
  }

  #checkPair(certSetting: CertificateSetting, keySetting: KeySetting): void {
    const [cert, key] = [certSetting.resolved!, keySetting.resolved!.reveal()];
    const leaf = new X509Certificate(cert.match(CERTIFICATES)![0]);
    if (!leaf.checkPrivateKey(createPrivateKey(key)))
      this.report.problem(keySetting.subject, {
        message: `it is not the key of the certificate in ${certSetting.subject.key}`,
        found: 'the key of another',
        wanted: "the certificate's own key; the certificate comes before those of its chain",
      });
    else
      this.#succeeds(certSetting, () => createSecureContext({ cert, key }), {
        message: 'TLS does not take it',
        wanted: 'a certificate and key that OpenSSL takes at its standard security level',
      });
  }

  #text({ subject }: Resolved, value: string): string | undefined {
    if (value.includes('-----BEGIN ')) return value;
    let text: string | undefined;
    const found = refusalOf(() => (text = this.readFile(value))) ?? 'no such file';
    if (text === undefined)
      this.report.problem(subject, {
        message: 'the file cannot be read',
        found,
        wanted: 'the path of a PEM file, or the PEM text itself',
      });
    return text;
  }

  #succeeds({ subject }: Resolved, attempt: () => unknown, saying: Omit<Saying, 'found'>): boolean {
    const found = refusalOf(attempt);
    if (found !== undefined) this.report.problem(subject, { ...saying, found });
    return found === undefined;
  }
}

/** Why something throws, in words that hold nothing of what it was given; undefined when it does not. */
function refusalOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    const { reason, code } = error as { readonly reason?: string; readonly code?: string };
    return reason ?? code ?? 'something unreadable';
  }
}
