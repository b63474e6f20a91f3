import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { commonNameOf } from '../../src/identity/common-name.js';
import { aFolder } from '../support/folder.js';

/** @param subject as `openssl req -subj` takes it */
function certificateFor(subject: string): string {
  const folder = aFolder();
  const path = join(folder, 'cert.pem');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', path];
  execFileSync('openssl', ['req', '-x509', ...key, ...files, '-utf8', '-subj', subject], { stdio: 'pipe' });
  return path;
}

const nameIn = (path: string) => commonNameOf({ x509: new X509Certificate(readFileSync(path)) });

test.each([
  ['/CN=machine-1', 'machine-1'],
  ['/O=Plant/CN=machine-1/OU=Press', 'machine-1'],
  // The first of several.
  ['/CN=machine-1/CN=machine-2', 'machine-1'],
  // Two attributes in one part of the name.
  ['/O=Plant+CN=machine-1', 'machine-1'],
  ['/CN=machine-1+OU=CN\\=machine-2', 'machine-1'],
  // Another attribute that looks like it.
  ['/O=CN=machine-1/CN=machine-2', 'machine-2'],
  ['/O=Plant \\+ CN=machine-1/CN=machine-2', 'machine-2'],
  ['/O=Plant\nCN=machine-1/CN=machine-2', 'machine-2'],
  ['/O=Plant\\\\/CN=machine-2', 'machine-2'],
  ['/O=Plant', undefined],
])('the common name in %j is %j', (subject, name) => {
  expect(nameIn(certificateFor(subject))).toBe(name);
});

test.each([
  'a,b;c=d',
  '<a> "b"',
  ' #a ',
  'a + CN=b',
  'a\nCN=b',
  'a\t\u007f',
  'a\\',
  '\\0A',
  'Träger 機械 😀',
])('the common name %j is read as it was written', (name) => {
  const written = name.replace(/[\\+/]/g, '\\$&');
  expect(nameIn(certificateFor(`/CN=${written}`))).toBe(name);
});

test('a program that reads it before it uses TLS can use TLS', () => {
  const program = `
    const { X509Certificate } = await import('node:crypto');
    const { readFileSync } = await import('node:fs');
    const { commonNameOf } = await import(process.argv[1]);
    commonNameOf({ x509: new X509Certificate(readFileSync(process.argv[2])) });
    const { createSecureContext } = await import('node:tls');
    createSecureContext();
  `;
  const source = join(import.meta.dirname, '../../src/identity/common-name.ts');
  const args = ['--input-type=module', '--eval', program, source, certificateFor('/CN=machine-1')];
  execFileSync(process.execPath, args, { stdio: 'pipe', env: {} });
});
