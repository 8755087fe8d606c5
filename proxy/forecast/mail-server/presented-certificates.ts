import { createHash, type X509Certificate } from 'node:crypto';
import type net from 'node:net';
import tls from 'node:tls';
import type { PresentedCertificates, SelectedOctets } from '../../../shared/forecast/facts.ts';
import { codeOf } from '../../error-message.ts';
import { identityFault, secureContext, type Trust } from '../../submission/tls-profile.ts';
import { certificateParts } from './certificate-parts.ts';
import { canVouch } from './certificate-path.ts';

/** Longer chains lead nowhere that anybody trusts. */
const MAX_CERTIFICATES = 10;
/** Large providers have some dozens. */
const MAX_NAMES = 500;

/**
 * What a relay on the Internet takes, not what this program takes of a submission server: OpenSSL's
 * ciphers of TLS 1.2 and later, or a server that relays do reach would be said to fail. Keys and
 * signatures have the strength that distributions ask for (RFC 9325 §4.5).
 */
const CIPHERS = 'DEFAULT:@SECLEVEL=2';

/**
 * Begins TLS with a mail server whatever its certificate is, to see that. This is the one place
 * where no certificate is refused: DANE asks for none that an authority issued (RFC 7672 §3.1.1),
 * and the verdict is made of what was seen. Nothing that is worth anything goes over this
 * connection: EHLO, and QUIT.
 */
export function connectToSee(socket: net.Socket, servername: string, trust: Trust): tls.TLSSocket {
  return tls.connect({
    socket,
    servername,
    secureContext: secureContext(trust, CIPHERS),
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined, // looked at below, also where the chain is not trusted
  });
}

export type SeenCertificates = {
  readonly certificates: PresentedCertificates;
  /** When the first of those expires that have not, milliseconds since 1970; none: all have. */
  readonly currentUntil: number | undefined;
};

/**
 * What the server presented, and what OpenSSL says of it. To be asked once: Node gives the
 * certificates of a peer once, and then no more (20.20; look again 2027-06).
 *
 * @param now milliseconds since 1970
 * @returns undefined when there was no certificate
 */
export function seenCertificates(
  socket: tls.TLSSocket,
  host: string,
  now: number,
): SeenCertificates | undefined {
  const own = socket.getPeerX509Certificate();
  if (own === undefined) return undefined;
  const nameFault = identityFault(host, own);
  // Node has its code there, not an error (20.20; look again 2027-06).
  const chainFault = socket.authorized ? undefined : String(socket.authorizationError);
  const chain = chainFrom(own, now);
  return {
    certificates: {
      chain: chain.map(({ raw }, place) => ({
        certificate: selected(raw),
        publicKey: selected(certificateParts(raw).publicKey),
        canVouch: canVouch(chain.slice(0, place + 1), now),
      })),
      dnsNames: dnsNamesIn(own),
      pkixFault: chainFault ?? (nameFault && codeOf(nameFault)),
    },
    currentUntil: chain
      .map(({ validTo }) => Date.parse(validTo))
      .filter((end) => end >= now)
      .toSorted((one, other) => one - other)[0],
  };
}

/** A comma in an entry is written as `\u002c` by Node, so none can be taken for two. */
function dnsNamesIn({ subjectAltName = '' }: X509Certificate): readonly string[] {
  const entries = subjectAltName.split(', ');
  const names = entries.map((entry) => /^DNS:([A-Za-z0-9_*.-]{1,253})$/.exec(entry)?.[1]);
  return names
    .filter((name) => name !== undefined)
    .map((name) => name.toLowerCase())
    .slice(0, MAX_NAMES);
}

/**
 * Those that were presented, each issued and signed by the next, in whatever order they came
 * (RFC 8446 §4.4.2); what leads nowhere is left out.
 */
function chainFrom(own: X509Certificate, now: number): readonly X509Certificate[] {
  // Of one that was renewed OpenSSL takes what has not expired.
  const others = presentedBeside(own).toSorted(
    (one, other) => isOver(one, now) - isOver(other, now),
  );
  const chain = [own];
  for (let last: X509Certificate | undefined = own; last !== undefined;) {
    const subject: X509Certificate = last;
    last = others.find((one) => !chain.includes(one) && isSignedBy(subject, one));
    if (last !== undefined) chain.push(last);
  }
  return chain;
}

/** Node calls the next one that was presented the issuer, whoever that is (20.20; look again 2027-06). */
function presentedBeside(own: X509Certificate): readonly X509Certificate[] {
  const others: X509Certificate[] = [];
  let next = own.issuerCertificate;
  while (next !== undefined && others.length < MAX_CERTIFICATES - 1) {
    others.push(next);
    next = next.issuerCertificate;
  }
  return others;
}

function isOver({ validTo }: X509Certificate, now: number): number {
  return Date.parse(validTo) < now ? 1 : 0;
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false; // a key that OpenSSL does not know signs nothing
  }
}

function selected(octets: Buffer): SelectedOctets {
  const digest = (algorithm: string) => createHash(algorithm).update(octets).digest('hex');
  return { full: octets.toString('hex'), sha256: digest('sha256'), sha512: digest('sha512') };
}
