import tls from 'node:tls';

/** The certificate authorities that may vouch for a submission server, as PEM. */
export type Trust = readonly string[];

/**
 * Node's built-in roots. They are handed over explicitly, so that NODE_EXTRA_CA_CERTS and
 * SSL_CERT_FILE add nothing.
 */
export const BUILT_IN_TRUST: Trust = tls.rootCertificates;

/** What was proved about a TLS session, for people and for records. */
export type TlsFacts = {
  readonly version: string;
  /** In IANA's spelling. */
  readonly cipher: string;
  readonly certificate: {
    readonly subject: string;
    readonly issuer: string;
    readonly validTo: string;
    /** SHA-256 of the certificate, hex with colons. */
    readonly fingerprint: string;
  };
};

/**
 * What "verified TLS" means here (RFC 8314 §5.3, RFC 9325 §4.2): TLS 1.2 or newer, forward
 * secrecy, authenticated encryption, a trusted chain, and the host's name in the certificate's
 * subjectAltName. Everything is said explicitly: Node's defaults yield to the environment.
 */
export function tlsProfile(trust: Trust): tls.ConnectionOptions {
  return {
    ca: [...trust],
    rejectUnauthorized: true, // NODE_TLS_REJECT_UNAUTHORIZED=0 would switch the default off
    minVersion: 'TLSv1.2', // RFC 8996 §5
    ciphers: [
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'TLS_AES_128_GCM_SHA256',
      'ECDHE+AESGCM',
      'ECDHE+CHACHA20',
    ].join(':'),
    checkServerIdentity,
  };
}

/** RFC 9525 §2: the common name names nobody; only the subjectAltName does. */
function checkServerIdentity(host: string, certificate: tls.PeerCertificate): Error | undefined {
  if (certificate.subjectaltname === undefined) {
    return Object.assign(new Error(`the certificate names no host`), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  }
  return tls.checkServerIdentity(host, certificate);
}

/** @throws Error when the session is not verified: the libraries said it was */
export function verifiedTls(socket: unknown): TlsFacts {
  if (!(socket instanceof tls.TLSSocket) || !socket.authorized) {
    throw new Error('a session that was taken for verified TLS is not');
  }
  const certificate = socket.getPeerX509Certificate();
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    certificate: {
      subject: oneLine(certificate?.subject),
      issuer: oneLine(certificate?.issuer),
      validTo: certificate?.validTo ?? '',
      fingerprint: certificate?.fingerprint256 ?? '',
    },
  };
}

/** Node writes a name with a line for each attribute. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
