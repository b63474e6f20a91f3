import { execFileSync } from 'node:child_process';

/** This machine's P-256 rates on one core, as `openssl speed` finds them. */
export function opensslRates(seconds: number): { signPerSecond: number; verifyPerSecond: number } {
  const report = execFileSync('openssl', ['speed', '-seconds', String(Math.ceil(seconds)), 'ecdsap256'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const rates = /\(nistp256\).*?\s([\d.]+)\s+([\d.]+)\s*$/m.exec(report);
  if (!rates) throw new Error(`openssl speed printed no P-256 rates:\n${report}`);
  return { signPerSecond: Number(rates[1]), verifyPerSecond: Number(rates[2]) };
}
