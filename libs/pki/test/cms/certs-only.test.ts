import { afterAll, describe, expect, it } from '@jest/globals';
import { fromBER } from 'asn1js';
import fc from 'fast-check';
import { ContentInfo, SignedData } from 'pkijs';
import { certificatePem, readPem } from '@org/x509';
import { certsOnly } from '../../src/index.js';
import { sequence } from '@org/x509/encoding';
import { anAuthority } from '../support/authority.js';
import { Openssl } from '@org/test-support';

const openssl = new Openssl();
afterAll(() => openssl.close());

const authority = await anAuthority();
const certificates = [authority.certificate.der, authority.chain[0]!.der];
const sorted = (all: readonly Buffer[]) => all.map((each) => each.toString('hex')).sort();

describe('a message of certificates only', () => {
  it('gives openssl all of them', () => {
    openssl.write('message.der', certsOnly(certificates));
    for (const command of [
      ['pkcs7', '-print_certs'],
      ['cms', '-cmsout', '-outform', 'PEM', '-certsout', 'out.pem'],
    ]) {
      const printed = openssl.output(...command, '-inform', 'DER', '-in', 'message.der').toString();
      const read = readPem(command[0] === 'cms' ? openssl.read('out.pem').toString() : printed);
      expect(sorted(read.map(({ der }) => der))).toEqual(sorted(certificates));
    }
  });

  it('may be empty', () => {
    openssl.write('empty.der', certsOnly([]));
    expect(openssl.output('pkcs7', '-inform', 'DER', '-in', 'empty.der', '-print_certs').toString()).toBe('');
  });

  it('signs nothing, and is of version 1', () => {
    const content = new ContentInfo({ schema: fromBER(certsOnly(certificates)).result });
    expect(content.contentType).toBe(ContentInfo.SIGNED_DATA);
    const data = new SignedData({ schema: content.content });
    expect(data).toMatchObject({ version: 1, digestAlgorithms: [], signerInfos: [] });
    expect(data.encapContentInfo).toMatchObject({ eContentType: ContentInfo.DATA });
    expect(data.encapContentInfo.eContent).toBeUndefined();
  });

  it('is the same in whatever order they come, as DER asks of a set', () => {
    const element = fc.uint8Array({ maxLength: 200 }).map((content) => sequence(content));
    fc.assert(
      fc.property(fc.array(element, { maxLength: 5 }), (elements) => {
        expect(certsOnly(elements.toReversed())).toEqual(certsOnly(elements));
      }),
    );
  });

  it('carries certificates that are read back octet for octet', () => {
    openssl.write('one.der', certsOnly([authority.certificate.der]));
    const printed = openssl.output('pkcs7', '-inform', 'DER', '-in', 'one.der', '-print_certs').toString();
    expect(printed.replaceAll(/^(?:subject|issuer)=.*\n|^\n/gm, '')).toBe(
      certificatePem(authority.certificate.der),
    );
  });
});
