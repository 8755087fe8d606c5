import { AUTHORITY, issued, SERVER, type Issued, type Wanted } from './issued-certificate.ts';

/** The name of the server in most tests. */
export const NAMED = 'subjectAltName=DNS:localhost';

/** Trusted in these tests. */
export const root = await issued({ name: 'Trusted authority', extensions: AUTHORITY });

/** A good certificate but for what is said. */
export async function leaf(but: Partial<Wanted> = {}): Promise<Issued> {
  return issued({ name: 'server', issuer: root, extensions: [...SERVER, NAMED], ...but });
}

/** A good certificate from an intermediate authority that is good but for what is said. */
export async function below(but: Partial<Wanted>): Promise<Issued> {
  const issuer = await issued({
    name: 'Intermediate',
    issuer: root,
    extensions: AUTHORITY,
    ...but,
  });
  return withChain(leaf({ issuer }), issuer);
}

/** As a server sends it that has the certificate of its authority too. */
export async function withChain(server: Promise<Issued>, issuer: Issued): Promise<Issued> {
  const { cert, key } = await server;
  return { cert: cert + issuer.cert, key };
}

/** A good certificate for these names, as OpenSSL writes them. */
export async function named(...names: readonly string[]): Promise<Issued> {
  return leaf({ extensions: [...SERVER, `subjectAltName=${names.join(',')}`] });
}
