import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openssl } from './openssl.js';
import { check } from '@org/harness';
import { type Steps } from './steps.js';

export interface RevocationFacts {
  /** Of the CRL; RFC 5280 5.2.3. */
  readonly crlNumber: number;
  /** What the OCSP responder says of the certificate. */
  readonly ocsp: string;
}

interface RevocationCheck {
  /** Base URL of the HTTP app. */
  readonly url: string;
  /** Where `OpenSsl` put certificate and chain. */
  readonly folder: string;
  /** What is right. */
  readonly expected: 'good' | 'revoked';
}

/** Asks the built-in authority about a certificate, in both ways, and has openssl read the answers. */
export async function checkRevocation(
  steps: Steps,
  { url, folder, expected }: RevocationCheck,
): Promise<RevocationFacts> {
  const path = (name: string) => join(folder, name);
  const fetchInto = async (name: string, from: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}${from}`, init);
    check(answer.ok, `${from} answered ${answer.status}`);
    await writeFile(path(name), Buffer.from(await answer.arrayBuffer()));
  };
  const lists = expected === 'good' ? 'does not list it' : 'lists it';
  const crlNumber = await steps.run(`openssl: the CRL is signed, and ${lists}`, async (note) => {
    await fetchInto('crl.der', '/crl');
    await openssl('crl', '-inform', 'DER', '-in', path('crl.der'), '-out', path('crl.pem'));
    const files = ['-CRLfile', path('crl.pem'), '-CAfile', path('ca.crt'), path('client.crt')];
    const refusal = await openssl('verify', '-crl_check', '-no-CApath', '-no-CAstore', ...files).then(
      () => undefined,
      (error: unknown) => error,
    );
    const listed = /certificate revoked/.test(String(refusal));
    if (refusal !== undefined && !listed) throw refusal;
    check(listed === (expected === 'revoked'), `the list ${listed ? 'has' : 'does not have'} it`);
    const number = Number(
      (await openssl('crl', '-in', path('crl.pem'), '-noout', '-crlnumber')).split('=')[1],
    );
    note(`list number ${number}`);
    return number;
  });
  const ocsp = await steps.run(`openssl: the OCSP answer is signed, and says "${expected}"`, async () => {
    await fetchInto('issuer.der', '/v1/ca.cer');
    await openssl('x509', '-inform', 'DER', '-in', path('issuer.der'), '-out', path('issuer.crt'));
    const about = ['-issuer', path('issuer.crt'), '-cert', path('client.crt'), '-no_nonce'];
    await openssl('ocsp', ...about, '-reqout', path('ocsp-request.der'));
    const headers = { 'content-type': 'application/ocsp-request' };
    await fetchInto('ocsp.der', '/ocsp', {
      method: 'POST',
      headers,
      body: await readFile(path('ocsp-request.der')),
    });
    const said = await openssl('ocsp', ...about, '-respin', path('ocsp.der'), '-CAfile', path('ca.crt'));
    const [, status = 'nothing'] = /client\.crt: (\w+)/.exec(said) ?? [];
    check(status === expected, `it says ${status}`);
    return status;
  });
  return { crlNumber, ocsp };
}
