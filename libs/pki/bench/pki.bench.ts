import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type CertificateStore } from '@org/pki';
import { createCsr, generateKey, keySigner } from '@org/x509';
import { type BenchCsr, libraryRate, storedRate } from './issuing-rate.js';
import { opensslRates } from './openssl-rates.js';

/**
 * How many certificates a second this machine makes from CSRs, next to what its P-256 signatures alone would allow.
 *
 *   --json            one JSON object instead of the report
 *   --seconds N       how long each part is measured; default 2
 *   --rounds N        how often; the best of each counts, as others may use the machine too; default 3
 *   --store MODULE    also measure with the record in a store: a module whose default export makes a CertificateStore
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    store: { type: 'string' },
  },
});

const CSRS = 500;
const seconds = Number(values.seconds);

async function makeCsrs(): Promise<BenchCsr[]> {
  const machineIds = Array.from({ length: CSRS }, (_, n) => `machine-${n}`);
  return Promise.all(
    machineIds.map(async (machineId) => {
      const signer = keySigner(await generateKey('P-256'));
      return { machineId, csr: await createCsr(signer, { subject: { commonName: machineId } }) };
    }),
  );
}

async function openStore(specifier: string): Promise<CertificateStore> {
  const url = specifier.startsWith('.') ? pathToFileURL(resolve(specifier)).href : specifier;
  const { default: makeStore } = (await import(url)) as {
    default: () => CertificateStore | Promise<CertificateStore>;
  };
  return makeStore();
}

const csrs = await makeCsrs();
const store = values.store ? await openStore(values.store) : undefined;
const best = { sign: 0, verify: 0, library: 0, stored: 0 };
for (let round = 0; round < Number(values.rounds); round += 1) {
  const { signPerSecond, verifyPerSecond } = opensslRates(seconds);
  best.sign = Math.max(best.sign, signPerSecond);
  best.verify = Math.max(best.verify, verifyPerSecond);
  best.library = Math.max(best.library, await libraryRate(csrs, seconds));
  if (store) best.stored = Math.max(best.stored, await storedRate(csrs, seconds, store));
}
const limit = 1 / (1 / best.sign + 1 / best.verify);
const stored = store ? Math.round(best.stored) : null;
const ratioToLimit = best.library / limit;

if (values.json) {
  const report = {
    signPerSecond: Math.round(best.sign),
    verifyPerSecond: Math.round(best.verify),
    csrToCertPerSecond: Math.round(best.library),
    csrToCertPerSecondStored: stored,
    ratioToLimit: Number(ratioToLimit.toFixed(3)),
  };
  console.log(JSON.stringify(report));
} else {
  const rows: [string, number | null][] = [
    ['openssl: P-256 signatures made', best.sign],
    ['openssl: P-256 signatures verified', best.verify],
    ['what one of each would allow', limit],
    ['CSR to certificate, in the library', best.library],
    ['CSR to certificate, with the record', stored],
  ];
  for (const [what, rate] of rows) {
    const text = rate === null ? 'not measured (--store)' : `${Math.round(rate)}/s`.padStart(9);
    console.log(`${what.padEnd(36)} ${text}`);
  }
  console.log(`${'share of what is allowed'.padEnd(36)} ${ratioToLimit.toFixed(2).padStart(7)}`);
}
// A store may hold connections that would keep the process alive.
process.exit(0);
