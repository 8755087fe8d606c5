import { addressOf } from '../forecast/mail-hosts.ts';
import { startMailServers } from '../forecast/mail-servers.ts';
import { publicKeyDigest, worldCertificates } from '../forecast/world-certificates.ts';

/** A recipient's mail server, which offers REQUIRETLS inside TLS and has a certificate of its own making. */
export type OfferingServer = AsyncDisposable & {
  readonly port: number;
  readonly address: string;
  /** SHA-256 of its public key, hex. */
  readonly key: string;
  /** All that was said to it. */
  commands(): readonly string[];
};

export async function startOfferingServer(): Promise<OfferingServer> {
  const certificates = await worldCertificates(['mx.example'], ['mta-sts.example']);
  const servers = await startMailServers(certificates);
  return {
    port: servers.port,
    address: addressOf('dane-mx'),
    key: publicKeyDigest(certificates.hosts['self-signed'].cert),
    commands: () => servers.commands(),
    [Symbol.asyncDispose]: async () => servers[Symbol.asyncDispose](),
  };
}
