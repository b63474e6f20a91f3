import { writeSync } from 'node:fs';
import { type CertificateStore, createRoot, DeviceProfile, type IssuingAuthority, Issuer } from '@org/pki';
import {
  type CertificateRequest,
  createCsr,
  fingerprint,
  generateKey,
  keySigner,
  readCsr,
  type Signer,
} from '@org/x509';

const DAY_MS = 24 * 3600e3;

/** @param watched what is done to the authority's signer, for tests that look at each signature */
export async function anIssuer(
  store: CertificateStore,
  watched: (signer: Signer) => Signer = (signer) => signer,
): Promise<Issuer> {
  const signer = keySigner(await generateKey());
  const subject = { commonName: 'Test' };
  const root = await createRoot(signer, { subject, now: Date.now(), lifetimeMs: 365 * DAY_MS });
  const authority: IssuingAuthority = { ...root, signer: watched(signer), chain: [] };
  return new Issuer({ authority, profiles: [new DeviceProfile({ name: 'device' })], store });
}

/** For any machine: it asks for no name. */
export const aRequest = async (): Promise<CertificateRequest> =>
  readCsr(await createCsr(keySigner(await generateKey()), { subject: {} }));

/** Where in an issue the process kills itself. */
export type DeathPoint = 'recorded' | 'signed' | 'kept';

const AT_A_TIME = 8;
const ISSUES_BEFORE_DEATH = 50;

/** Issues for ever, and says on stdout what it is about to sign (digest), and what it has handed out (serial, fingerprint). */
async function issueForEver(path: string, death: string | undefined): Promise<never> {
  let passes = 0;
  const pass = (point: DeathPoint) => {
    if (point === death && ++passes > ISSUES_BEFORE_DEATH) process.kill(process.pid, 'SIGKILL');
  };
  // In one go and before it goes on, so that the line is out whatever happens next.
  const say = (...words: string[]) => writeSync(1, `${words.join(' ')}\n`);

  // As it is built: node by itself does not run what is in src.
  const { openStore } = await import('../../dist/index.js');
  const { certificates } = await openStore({ path, key: undefined });
  const issuer = await anIssuer(certificates, (signer) => ({
    ...signer,
    sign: async (tbs) => {
      pass('recorded');
      say('signing', fingerprint(tbs));
      const signature = await signer.sign(tbs);
      pass('signed');
      return signature;
    },
  }));
  const request = await aRequest();
  const issue = async (machineId: string) => {
    const issued = await issuer.issue({ request, machineId });
    pass('kept');
    say('issued', issued.serial, issued.fingerprint);
  };
  for (;;) await Promise.all(Array.from({ length: AT_A_TIME }, (_, n) => issue(`machine-${n}`)));
}

if (import.meta.main) await issueForEver(process.argv[2]!, process.argv[3]);
