import net from 'node:net';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import type { UpstreamServer } from '../../shared/submission/upstream-url.ts';
import { within, type Deadlines } from './deadline.ts';
import { connectTcp } from './tcp-connection.ts';
import { connectTls, type Trust } from './tls-profile.ts';
import {
  provingFault,
  UpstreamRefused,
  type ProvingFault,
  type ProvingStage,
} from './upstream-fault.ts';
import { UpstreamSession } from './upstream-session.ts';
import { UpstreamWire } from './upstream-wire.ts';

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
  const { host } = server;
  const givingUp = new AbortController();
  let stage: ProvingStage = 'connecting';
  let wire: UpstreamWire | undefined;
  const giveUp = () => {
    givingUp.abort();
    wire?.close();
  };
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();

  const proving = async () => {
    const tcp = await connectTcp(server, givingUp.signal);
    const ehlo = `EHLO ${addressLiteral(tcp.localAddress)}`;
    const line = (wire = new UpstreamWire(tcp, deadlines.blockMs));

    if (server.tls === 'starttls') {
      stage = 'before TLS';
      await greeting(line);
      await command(line, ehlo, 250);
      // Whether it is listed or not: the list is in clear, and anybody may have cut it.
      await command(line, 'STARTTLS', 220);
    }
    stage = 'TLS';
    const socket = await line.startTls((plain) => connectTls(plain, host, trust));
    stage = 'inside TLS';
    if (server.tls === 'implicit') await greeting(line);
    // No HELO after a refused EHLO: its answer could offer nothing (RFC 8689 §2).
    return new UpstreamSession({
      host,
      wire: line,
      socket,
      ehlo: await command(line, ehlo, 250),
    });
  };
  try {
    const session = await within(deadlines.provingMs, 'answer', proving());
    return { kind: 'proved', session };
  } catch (error) {
    giveUp();
    return { kind: 'unproved', stage, ...provingFault(host, stage, error) };
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** @throws UpstreamRefused, UpstreamLost */
async function greeting(wire: UpstreamWire): Promise<void> {
  const reply = await wire.expectOne();
  if (reply.code !== 220) throw new UpstreamRefused('the connection', reply);
}

/** @throws UpstreamRefused, UpstreamLost */
async function command(wire: UpstreamWire, line: string, wanted: number): Promise<SmtpReply> {
  const answer = wire.expectOne();
  await wire.write(`${line}\r\n`);
  const reply = await answer;
  if (reply.code !== wanted) throw new UpstreamRefused(line.split(' ')[0] ?? line, reply);
  return reply;
}

/** RFC 5321 §4.1.4: the literal of our own socket, so that the machine's name is not told. */
export function addressLiteral(address = '127.0.0.1'): string {
  return net.isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`;
}
