import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generate } from 'selfsigned';

/** File names in the folder that was given. */
export const CA_FILE = 'ca.pem';
export const CERTIFICATE_FILE = 'server.pem';
export const KEY_FILE = 'server.key';

/**
 * Writes a certificate for a name and 127.0.0.1 with its key, and the certificate of the
 * authority that issued it. The authority's key is forgotten at once.
 */
export async function writeServerCertificate(folder: string, name = 'localhost'): Promise<void> {
  const authority = await generate([{ name: 'commonName', value: 'Require TLS test authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: name },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  await writeFile(join(folder, CA_FILE), authority.cert);
  await writeFile(join(folder, CERTIFICATE_FILE), server.cert);
  await writeFile(join(folder, KEY_FILE), server.private, { mode: 0o600 });
}

/** The words of the command line with which the proxy speaks TLS to mail programs as `localhost`. */
export function ownCertificate({ caFile }: { readonly caFile: string }): readonly string[] {
  const folder = dirname(caFile);
  return ['--certificate', join(folder, CERTIFICATE_FILE), '--key', join(folder, KEY_FILE)];
}
