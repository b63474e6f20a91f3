import { wholeNumber } from '@org/harness';
import { createCsr, generateKey, keySigner } from '@org/x509';
import { program } from 'commander';
import { openCertificates } from './certificate-store.js';
import { type BenchCsr, libraryRate, storedRate } from './issuing-rate.js';
import { opensslRates } from './openssl-rates.js';

const { json, seconds, rounds } = program
  .name('bench:pki')
  .description(
    'Measures how many certificates a second this machine makes from CSRs, next to what its P-256 signatures alone would allow.',
  )
  .option('--seconds <n>', 'how long each part is measured', wholeNumber, 2)
  .option(
    '--rounds <n>',
    'how often; the best of each counts, as others may use the machine too',
    wholeNumber,
    3,
  )
  .option('--json', 'print one JSON object on standard output')
  .parse()
  .opts<{ json?: true; seconds: number; rounds: number }>();

const CSRS = 500;

async function makeCsrs(): Promise<BenchCsr[]> {
  const machineIds = Array.from({ length: CSRS }, (_, n) => `machine-${n}`);
  return Promise.all(
    machineIds.map(async (machineId) => {
      const signer = keySigner(await generateKey('P-256'));
      return { machineId, csr: await createCsr(signer, { subject: { commonName: machineId } }) };
    }),
  );
}

const csrs = await makeCsrs();
const store = await openCertificates();
const best = { sign: 0, verify: 0, library: 0, stored: 0 };
for (let round = 0; round < rounds; round += 1) {
  const { signPerSecond, verifyPerSecond } = opensslRates(seconds);
  best.sign = Math.max(best.sign, signPerSecond);
  best.verify = Math.max(best.verify, verifyPerSecond);
  best.library = Math.max(best.library, await libraryRate(csrs, seconds));
  best.stored = Math.max(best.stored, await storedRate(csrs, seconds, store));
}
const limit = 1 / (1 / best.sign + 1 / best.verify);
const ratioToLimit = best.library / limit;

if (json) {
  const report = {
    signPerSecond: Math.round(best.sign),
    verifyPerSecond: Math.round(best.verify),
    csrToCertPerSecond: Math.round(best.library),
    csrToCertPerSecondStored: Math.round(best.stored),
    ratioToLimit: Number(ratioToLimit.toFixed(3)),
  };
  console.log(JSON.stringify(report));
} else {
  const rows: [string, number][] = [
    ['openssl: P-256 signatures made', best.sign],
    ['openssl: P-256 signatures verified', best.verify],
    ['what one of each would allow', limit],
    ['CSR to certificate, in the library', best.library],
    ['CSR to certificate, with the record in SQLite', best.stored],
  ];
  for (const [what, rate] of rows) {
    console.log(`${what.padEnd(48)} ${`${Math.round(rate)}/s`.padStart(9)}`);
  }
  console.log(`${'share of what is allowed'.padEnd(48)} ${ratioToLimit.toFixed(2).padStart(7)}`);
}
// A store may hold connections that would keep the process alive.
process.exit(0);
