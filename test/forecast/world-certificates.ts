import { createHash, X509Certificate } from 'node:crypto';
import { AUTHORITY, type Issued, issued, SERVER } from '../hostile/issued-certificate.ts';

/** The kinds of certificate that a mail server of this world may have. */
export type HostCertificate =
  'trusted' | 'self-signed' | 'expired' | 'other name' | 'private authority';

export type WorldCertificates = {
  /** Of the authority that the command is told to trust. */
  readonly authority: string;
  /** For the resolvers. */
  readonly localhost: Issued;
  /** Each names every mail server, except for the one that names another. */
  readonly hosts: Readonly<Record<HostCertificate, Issued>>;
  /** Of the authority behind `private authority`. */
  readonly privateAuthority: string;
  readonly policyHosts: Readonly<Record<'trusted' | 'other name' | 'expired', Issued>>;
};

/**
 * @param hostNames of the mail servers
 * @param policyHosts names of the policy hosts, `mta-sts.…`
 */
export async function worldCertificates(
  hostNames: readonly string[],
  policyHosts: readonly string[],
): Promise<WorldCertificates> {
  const [authority, privateAuthority] = await Promise.all([
    issued({ name: 'Forecast test authority', extensions: AUTHORITY }),
    issued({ name: 'Private authority', extensions: AUTHORITY }),
  ]);
  const server = (names: readonly string[], more: Partial<Parameters<typeof issued>[0]> = {}) =>
    issued({
      name: names[0] ?? 'nobody',
      issuer: authority,
      extensions: [...SERVER, `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`],
      ...more,
    });
  const past = { valid: [-10, -1] } as const;
  const elsewhere = ['elsewhere.example'];
  const [localhost, trusted, selfSigned, expired, otherName, byPrivate, ...ofPolicyHosts] =
    await Promise.all([
      issued({
        name: 'localhost',
        issuer: authority,
        extensions: [...SERVER, 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      }),
      server(hostNames),
      selfSignedServer(hostNames),
      server(hostNames, past),
      server(elsewhere),
      server(hostNames, { issuer: privateAuthority }),
      server(policyHosts),
      server(elsewhere),
      server(policyHosts, past),
    ]);
  const [policyTrusted, policyOther, policyExpired] = ofPolicyHosts;
  return {
    authority: authority.cert,
    localhost,
    hosts: {
      trusted,
      'self-signed': selfSigned,
      expired,
      'other name': otherName,
      'private authority': withIssuer(byPrivate, privateAuthority),
    },
    privateAuthority: privateAuthority.cert,
    policyHosts: { trusted: policyTrusted, 'other name': policyOther, expired: policyExpired },
  };
}

async function selfSignedServer(names: readonly string[]): Promise<Issued> {
  const san = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
  return await issued({ name: names[0] ?? 'nobody', extensions: [...SERVER, san] });
}

/** DANE-TA wants its authority in what the server presents (RFC 7672 §3.1.2). */
function withIssuer({ cert, key }: Issued, issuer: Issued): Issued {
  return { cert: `${cert}${issuer.cert}`, key };
}

/** SHA-256 of the public key, as TLSA `x 1 1` has it, in hex (RFC 6698 §2.1). */
export function publicKeyDigest(certificate: string): string {
  const { publicKey } = new X509Certificate(certificate);
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

/** SHA-256 of the whole certificate, as TLSA `x 0 1` has it, in hex. */
export function certificateDigest(certificate: string): string {
  return sha256(new X509Certificate(certificate).raw);
}

function sha256(octets: Buffer): string {
  return createHash('sha256').update(octets).digest('hex');
}
