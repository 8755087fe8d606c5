import type tls from 'node:tls';
import { codeOf, messageOf } from '../../error-message.ts';
import { connectTcp } from '../../submission/tcp-connection.ts';
import { connectTls, type Trust } from '../../submission/tls-profile.ts';
import { beforeAbort } from './before-abort.ts';
import { NoAnswer } from './no-answer.ts';

export type SecurePlace = {
  /** A name, or an IP address, which the certificate then has to hold. */
  readonly host: string;
  readonly port: number;
  readonly trust: Trust;
  /** RFC 7301, best first; none to leave it out. */
  readonly protocols?: readonly string[];
};

/**
 * Connects to a resolver by TLS, with the same demands as to a submission server. Nothing is said
 * before the certificate is verified: the question itself is what is to be kept private
 * (RFC 8310 §5, the strict profile).
 *
 * @throws Error; the signal's reason when it is late
 */
export async function connectSecurely(
  { host, port, trust, protocols = [] }: SecurePlace,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  const tcp = await connectTcp({ host, port }, signal);
  let secured: tls.TLSSocket | undefined;
  try {
    const socket = connectTls(tcp, host, trust, protocols);
    await beforeAbort<void>(signal, (resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', (error) => reject(handshakeFault(error)));
      socket.once('close', () => reject(new Error('the resolver hung up during the handshake')));
    });
    secured = socket;
    return socket;
  } finally {
    if (secured === undefined) tcp.destroy();
  }
}

const BROKEN_CONNECTION = /^(?:ECONN|ETIMEDOUT$|EPIPE$|ENET|EHOST)/;

/** A resolver that is there and cannot be believed is not one that cannot be reached. */
function handshakeFault(error: Error): Error {
  const code = codeOf(error);
  if (BROKEN_CONNECTION.test(code)) return error;
  return new NoAnswer('resolver not verified', messageOf(error), { cause: error });
}
