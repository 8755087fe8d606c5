import net from 'node:net';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { UpstreamServer } from '../../shared/submission/upstream-url.ts';
import { within, type Deadlines } from './deadline.ts';
import { ProvingConnection } from './proving-connection.ts';
import { connectTcp } from './tcp-connection.ts';
import { tlsProfile, type Trust } from './tls-profile.ts';
import { provingFault, type ProvingFault, type ProvingStage } from './upstream-fault.ts';
import { UpstreamSession } from './upstream-session.ts';

export type OpenedUpstream =
  | { readonly kind: 'proved'; readonly session: UpstreamSession }
  | ({ readonly kind: 'unproved'; readonly stage: ProvingStage } & ProvingFault);

export type UpstreamDoor = {
  readonly server: UpstreamServer;
  readonly trust: Trust;
  readonly deadlines: Deadlines;
};

/**
 * Opens the session with the submission server and proves it: TLS with a verified certificate,
 * then EHLO inside it (RFC 8689 §4.3). Nothing but EHLO and STARTTLS is said before TLS, and
 * there is no other way in this file to a session.
 *
 * @param signal ends the attempt when the mail program has gone
 */
export async function openUpstream(
  { server, trust, deadlines }: UpstreamDoor,
  signal: AbortSignal,
): Promise<OpenedUpstream> {
  const connecting = new AbortController();
  let socket: net.Socket | undefined;
  let connection: SMTPConnection | undefined;

  const giveUp = () => {
    connecting.abort();
    connection?.close();
    socket?.destroy();
  };
  signal.addEventListener('abort', giveUp, { once: true });

  const proving = async () => {
    // Opened here and not by nodemailer, which asks name servers directly and so knows neither
    // the hosts file nor `localhost` (10.6.0; look again 2027-06).
    socket = await connectTcp(server, AbortSignal.any([signal, connecting.signal]));
    socket.on('error', () => undefined); // told through `ready`; later ones are too late
    connection = libraryConnection(socket, server, trust, deadlines.provingMs);
    await ready(connection);
    return new UpstreamSession(server.host, connection, deadlines);
  };
  try {
    const session = await within(deadlines.provingMs, 'answer', proving());
    return { kind: 'proved', session };
  } catch (error) {
    const stage = stageOf(server, connection);
    giveUp();
    return { kind: 'unproved', stage, ...provingFault(server.host, stage, error) };
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function ready(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.once('end', () => reject(new Error('it broke off the connection')));
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
}

function stageOf(server: UpstreamServer, connection: SMTPConnection | undefined): ProvingStage {
  if (connection === undefined) return 'connecting';
  if (server.tls === 'implicit') return connection.stage === 'connected' ? 'inside TLS' : 'TLS';
  if (connection.upgrading === true) return 'TLS';
  return connection.secure ? 'inside TLS' : 'before TLS';
}

function libraryConnection(
  socket: net.Socket,
  server: UpstreamServer,
  trust: Trust,
  provingMs: number,
): SMTPConnection {
  return new ProvingConnection({
    connection: socket,
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    // nodemailer's word for "insist on STARTTLS". With TLS from the start it keeps nodemailer from
    // HELO after a refused EHLO, whose answer would be read as an offer.
    requireTLS: true,
    tls: tlsProfile(trust),
    name: addressLiteral(socket.localAddress),
    connectionTimeout: provingMs,
    greetingTimeout: provingMs,
    maxResponseSize: 64 * 1024,
    socketCloseTimeout: 0,
    logger: false,
  });
}

/** RFC 5321 §4.1.4: the literal of our own socket, so that the machine's name is not told. */
function addressLiteral(address = '127.0.0.1'): string {
  return net.isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`;
}
