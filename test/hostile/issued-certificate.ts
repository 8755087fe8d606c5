import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** PEM. */
export type Issued = { readonly cert: string; readonly key: string };

const DAY_MS = 24 * 60 * 60 * 1000;

const KEYS = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  'P-192': () => generateKeyPairSync('ec', { namedCurve: 'prime192v1' }),
  'RSA-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'RSA-1024': () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
} as const;

/** As OpenSSL writes extensions. */
export const AUTHORITY = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];

export const SERVER = [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature,keyEncipherment',
];

export type Wanted = {
  readonly name: string;
  /** Without one it signs itself. */
  readonly issuer?: Issued;
  readonly extensions: readonly string[];
  readonly key?: keyof typeof KEYS;
  /** One whose key it has too, as after a renewal. */
  readonly keyOf?: Issued;
  readonly digest?: 'sha1' | 'sha256';
  /** In days from now. */
  readonly valid?: readonly [from: number, to: number];
};

/**
 * Issues a certificate, good or bad, with the program `openssl`: libraries refuse to make the
 * bad ones.
 */
export async function issued(wanted: Wanted): Promise<Issued> {
  const { issuer, extensions, digest = 'sha256', valid = [-1, 1] } = wanted;
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-certificate-'));
  try {
    const key = wanted.keyOf?.key ?? newKey(wanted.key ?? 'P-256');
    await Promise.all([
      writeFile(join(folder, 'key.pem'), key),
      writeFile(join(folder, 'issuer.pem'), issuer?.cert ?? ''),
      writeFile(join(folder, 'issuer.key'), issuer?.key ?? key),
      writeFile(join(folder, 'index.txt'), ''),
      writeFile(join(folder, 'ca.cnf'), configuration(extensions)),
    ]);
    const openssl = (...words: readonly string[]) =>
      promisify(execFile)('openssl', [...words, '-config', 'ca.cnf'], { cwd: folder });

    const subject = ['-subj', `/CN=${wanted.name}`];
    await openssl('req', '-new', '-key', 'key.pem', '-out', 'request.pem', ...subject);
    const [from, to] = valid.map((days) => asn1Time(Date.now() + days * DAY_MS));
    const signer = issuer === undefined ? ['-selfsign'] : ['-cert', 'issuer.pem'];
    const dates = ['-startdate', from ?? '', '-enddate', to ?? ''];
    const files = ['-in', 'request.pem', '-out', 'cert.pem', '-keyfile', 'issuer.key'];
    const said = ['-md', digest, '-extensions', 'wanted'];
    await openssl('ca', '-batch', '-notext', ...files, ...signer, ...dates, ...said);
    return { cert: await readFile(join(folder, 'cert.pem'), 'utf8'), key };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function newKey(kind: keyof typeof KEYS): string {
  return KEYS[kind]().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function configuration(extensions: readonly string[]): string {
  return `
    [ca]
    default_ca = here
    [here]
    database = index.txt
    new_certs_dir = .
    rand_serial = yes
    policy = any
    unique_subject = no
    [any]
    commonName = supplied
    [req]
    distinguished_name = name
    [name]
    [wanted]
    ${extensions.join('\n    ')}
  `;
}

/** YYYYMMDDHHMMSSZ */
function asn1Time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+|[-:T]/g, '');
}
