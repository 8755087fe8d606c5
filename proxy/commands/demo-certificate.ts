import { generate } from 'selfsigned';

export type DemoCertificate = {
  /** The authority, PEM. Its key is forgotten before this is returned. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
};

/** An authority made on the spot and a certificate of its for `host`; both last a day. */
export async function demoCertificate(host: string): Promise<DemoCertificate> {
  const validity = { notAfterDate: new Date(Date.now() + 24 * 60 * 60 * 1000) };
  const common = { keyType: 'ec', algorithm: 'sha256', ...validity } as const;

  const authority = await generate([{ name: 'commonName', value: 'Require TLS demo authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: host }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
    ],
  });
  return { ca: authority.cert, cert: server.cert, key: server.private };
}
