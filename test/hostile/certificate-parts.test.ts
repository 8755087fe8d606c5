import { createPublicKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { certificateParts } from '../../proxy/forecast/mail-server/certificate-parts.ts';
import { BUILT_IN_TRUST } from '../../proxy/submission/tls-profile.ts';
import { AUTHORITY, issued } from './issued-certificate.ts';

/** As the library writes the key again, which is the same for keys in their usual form. */
function writtenAgain(certificate: X509Certificate): string {
  return certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('hex');
}

test('RFC 6698 §2.1.2: the public key of each authority that Node trusts is what OpenSSL reads', () => {
  expect(BUILT_IN_TRUST.length).toBeGreaterThan(100);
  for (const pem of BUILT_IN_TRUST) {
    const certificate = new X509Certificate(pem);
    const { publicKey: octets } = certificateParts(certificate.raw);
    expect(octets.toString('hex'), certificate.subject).toBe(writtenAgain(certificate));
  }
});

test.for(['P-256', 'RSA-1024'] as const)('RFC 6698 §2.1.2: a key of %s is found', async (key) => {
  const { cert } = await issued({ name: 'x'.repeat(60), extensions: AUTHORITY, key });
  const certificate = new X509Certificate(cert);
  const { publicKey: octets } = certificateParts(certificate.raw);
  expect(
    createPublicKey({ key: octets, format: 'der', type: 'spki' }).equals(certificate.publicKey),
  ).toBe(true);
});

test('what is no certificate, or a part of one, is read as none', async () => {
  const { raw } = new X509Certificate((await issued({ name: 'x', extensions: AUTHORITY })).cert);
  for (let length = 0; length < raw.length; length += 1) {
    const cut = raw.subarray(0, length);
    expect(() => certificateParts(cut)).toThrow(/^it is no (?:certificate|DER)$/);
  }
  for (const octets of ['', '30', '3080', '30ffffffffff', '3084ffffffff00', '30023000']) {
    expect(() => certificateParts(Buffer.from(octets, 'hex'))).toThrow(
      /^it is no (?:certificate|DER)$/,
    );
  }
});
