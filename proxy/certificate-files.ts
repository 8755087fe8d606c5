import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { codeOf } from './error-message.ts';
import type { OwnCertificate } from './submission/listener.ts';
import type { Trust } from './submission/tls-profile.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The authorities in a PEM file.
 *
 * @throws Error that says what is wrong with the file
 */
export function trustIn(file: string): Trust {
  const { pem } = certificatesIn(file);
  return pem;
}

/**
 * A certificate chain and its key, the certificate of the proxy first.
 *
 * @throws Error that says what is wrong with which file
 */
export function ownCertificateIn(
  certificateFile: string | undefined,
  keyFile: string | undefined,
): OwnCertificate | undefined {
  if (certificateFile === undefined && keyFile === undefined) return undefined;
  if (certificateFile === undefined || keyFile === undefined) {
    throw new Error('a certificate and its key are needed together');
  }
  const { text, first } = certificatesIn(certificateFile);
  const key = readText(keyFile);
  if (!first.checkPrivateKey(privateKeyIn(keyFile, key))) {
    throw new Error(
      `the key in ${keyFile} does not belong to the certificate in ${certificateFile}`,
    );
  }
  return { cert: text, key };
}

function certificatesIn(file: string) {
  const text = readText(file);
  const pem = text.match(CERTIFICATE) ?? [];
  const [first] = pem.map((one) => certificateFrom(file, one));
  if (first === undefined) throw new Error(`${file} holds no certificate in PEM form`);
  return { text, pem, first };
}

function certificateFrom(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`${file} holds a certificate that cannot be read`, { cause });
  }
}

function privateKeyIn(file: string, text: string): KeyObject {
  if (text.includes('ENCRYPTED')) {
    throw new Error(
      `the key in ${file} is protected by a passphrase; write one without: openssl pkey -in ${file} -out NEW`,
    );
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new Error(`${file} holds no private key in PEM form`, { cause });
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EISDIR: 'it is a folder',
};

/** @throws Error that says what is wrong with the file */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${file}: ${WHY[codeOf(error)] ?? codeOf(error)}`, {
      cause: error,
    });
  }
}
