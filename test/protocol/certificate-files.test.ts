import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ownCertificateIn } from '../../proxy/certificate-files.ts';
import { demoCertificate } from '../../proxy/commands/demo-certificate.ts';

const own = await demoCertificate('localhost');
const other = await demoCertificate('localhost');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const LOCKED = privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'secret',
});

/** Reads a certificate and a key from files with this content. */
async function read(certificate: string, key: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-certificate-'));
  try {
    const [certificateFile, keyFile] = [
      path.join(folder, 'cert.pem'),
      path.join(folder, 'key.pem'),
    ];
    await writeFile(certificateFile, certificate);
    await writeFile(keyFile, key);
    return ownCertificateIn(certificateFile, keyFile);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a certificate and its key are read from their files', async () => {
  expect(await read(own.cert, own.key)).toEqual({ cert: own.cert, key: own.key });
});

test.each([
  ['the files are mixed up', own.key, own.cert, /cert\.pem holds no certificate in PEM form/],
  ['the certificate is no PEM', 'junk', own.key, /cert\.pem holds no certificate in PEM form/],
  [
    'the certificate is broken',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    own.key,
    /cert\.pem holds a certificate that cannot be read/,
  ],
  ['the key is no PEM', own.cert, 'junk', /key\.pem holds no private key in PEM form/],
  ['the key is locked', own.cert, String(LOCKED), /key\.pem is protected by a passphrase/],
  ['the key is another one', own.cert, other.key, /does not belong to the certificate/],
])('%s: it is said in words', async (_, certificate, key, words) => {
  await expect(read(certificate, key)).rejects.toThrow(words);
});
