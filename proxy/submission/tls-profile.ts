import type { X509Certificate } from 'node:crypto';
import net from 'node:net';
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
 * Begins TLS over a socket. What "verified TLS" means here (RFC 8314 §5.3, RFC 9325 §4): TLS 1.2
 * or newer, forward secrecy, authenticated encryption, a trusted chain of strong keys and
 * signatures, and the host's name in the certificate's subjectAltName. Everything is said
 * explicitly: Node's defaults yield to the environment.
 *
 * @param protocols that are spoken inside (RFC 7301), best first; SMTP has no name there
 * @returns a socket that comes to `secureConnect` only when all of that holds
 */
export function connectTls(
  socket: net.Socket,
  host: string,
  trust: Trust,
  protocols: readonly string[] = [],
): tls.TLSSocket {
  const secured: tls.TLSSocket = tls.connect({
    socket,
    host,
    // An IP address is no server name (RFC 6066 §3); the certificate is still compared with it.
    servername: net.isIP(host) === 0 ? host : '',
    ...(protocols.length > 0 ? { ALPNProtocols: [...protocols] } : {}),
    secureContext: secureContext(trust, OWN_CIPHERS),
    rejectUnauthorized: true, // NODE_TLS_REJECT_UNAUTHORIZED=0 would switch the default off
    checkServerIdentity: () => {
      const certificate = secured.getPeerX509Certificate();
      const fault = identityFault(host, certificate);
      if (fault === undefined && certificate !== undefined) identified.set(secured, certificate);
      return fault;
    },
  });
  // Node takes the whole chain apart for checkServerIdentity, a tenth of all work for a
  // connection, and nobody looks at it (20.20; look again 2027-06).
  secured.getPeerCertificate = () => Object.create(null);
  return secured;
}

/**
 * The certificates by which sockets were identified. Node gives a peer's certificate once, and
 * then no more (20.20; look again 2027-06).
 */
const identified = new WeakMap<tls.TLSSocket, X509Certificate>();

const OWN_CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE+AESGCM',
  'ECDHE+CHACHA20',
  // RFC 9325 §4.5, through the whole chain: RSA of 2048 bits or more, curves of 224 or more,
  // no SHA-1. OpenSSL's own level lets RSA-1024 pass.
  '@SECLEVEL=2',
].join(':');

/** For each trust, by its ciphers: to read all of Node's built-in roots takes several milliseconds. */
const contexts = new WeakMap<Trust, Map<string, tls.SecureContext>>();

/** TLS 1.2 or newer, and certificates from these authorities. */
export function secureContext(trust: Trust, ciphers: string): tls.SecureContext {
  const ofTrust = contexts.get(trust) ?? new Map<string, tls.SecureContext>();
  contexts.set(trust, ofTrust);
  const made = ofTrust.get(ciphers);
  if (made !== undefined) return made;
  const context = tls.createSecureContext({
    ca: [...trust],
    minVersion: 'TLSv1.2', // RFC 8996 §5
    ciphers,
  });
  ofTrust.set(ciphers, context);
  return context;
}

/** Beside Node's own codes, for a certificate without any name of a host. */
export const NAMES_NO_HOST = 'CERT_NAMES_NO_HOST';

/**
 * RFC 9525 §2, §6: a host is named by the subjectAltName alone, never by the common name, on which
 * Node falls back beside an e-mail address or a URI; an IP address by an entry of its kind; a
 * wildcard stands for one whole label.
 */
export function identityFault(
  host: string,
  certificate: X509Certificate | undefined,
): Error | undefined {
  const named =
    net.isIP(host) === 0
      ? certificate?.checkHost(host, { subject: 'never', partialWildcards: false })
      : certificate?.checkIP(host);
  if (named !== undefined) return undefined;

  const namesAny = /(?:^|, )(?:DNS|IP Address):/.test(certificate?.subjectAltName ?? '');
  return namesAny
    ? Object.assign(new Error('the certificate is for another name'), {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      })
    : Object.assign(new Error('the certificate names no host'), { code: NAMES_NO_HOST });
}

/** @throws Error when the socket is not one that `connectTls` verified */
export function verifiedTls(socket: tls.TLSSocket): TlsFacts {
  const certificate = socket.authorized ? identified.get(socket) : undefined;
  if (certificate === undefined) {
    throw new Error('a session that was taken for verified TLS is not');
  }
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    certificate: {
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      validTo: certificate.validTo,
      fingerprint: certificate.fingerprint256,
    },
  };
}

/** Node writes a name with a line for each attribute. */
function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
