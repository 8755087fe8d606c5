import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { freePort } from '../servers/loopback.ts';
import { addressOf, MAIL_HOST_LABELS, MAIL_HOSTS, type MailHost } from './mail-hosts.ts';
import type { MailHostLabel } from './mail-hosts.ts';
import type { WorldCertificates } from './world-certificates.ts';

/** The mail servers of the world, each on an address of its own and all on one port. */
export type MailServers = {
  readonly port: number;
  /** What was said to each of them, oldest first: `good-mx: EHLO …`. */
  commands(): readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
};

const TRIES = 5;

export async function startMailServers({ hosts }: WorldCertificates): Promise<MailServers> {
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const contextOf = ({ certificate }: MailHost) => createSecureContext(hosts[certificate]);
  const serverOf = (label: MailHostLabel) => {
    const host: MailHost = MAIL_HOSTS[label];
    const context = contextOf(host);
    return createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      converse(socket, { host, label, context, heard: (line) => commands.push(line) });
    });
  };

  for (let left = TRIES; ; left -= 1) {
    const port = await freePort();
    const servers = MAIL_HOST_LABELS.map((label) => ({ label, server: serverOf(label) }));
    const stop = async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map(({ server }) => closed(server)));
    };
    try {
      for (const { label, server } of servers) {
        server.listen(port, addressOf(label));
        await once(server, 'listening');
      }
      return { port, commands: () => [...commands], [Symbol.asyncDispose]: stop };
    } catch (cause) {
      await stop();
      if (left === 0) throw cause;
    }
  }
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

type Conversation = {
  readonly host: MailHost;
  readonly label: MailHostLabel;
  readonly context: SecureContext;
  readonly heard: (line: string) => void;
};

/** Greets, and answers EHLO, STARTTLS and QUIT. Nobody has any other business here. */
function converse(socket: Socket, conversation: Conversation): void {
  socket.on('error', () => socket.destroy());
  socket.write(`220 ${conversation.label} ESMTP\r\n`);
  answerLines(socket, conversation, false);
}

function answerLines(socket: Socket, conversation: Conversation, inTls: boolean): void {
  const { label, heard } = conversation;
  let text = '';
  const onData = (octets: Buffer) => {
    text += octets.toString('latin1');
    for (let end = text.indexOf('\r\n'); end !== -1; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      heard(`${label}: ${line}`);
      if (/^STARTTLS$/i.test(line) && !inTls) {
        socket.off('data', onData);
        startTls(socket, conversation);
        return;
      }
      answer(socket, conversation, line, inTls);
    }
  };
  socket.on('data', onData);
}

function answer(socket: Socket, { host }: Conversation, line: string, inTls: boolean): void {
  if (/^QUIT$/i.test(line)) {
    socket.end('221 2.0.0 Bye\r\n');
  } else if (/^EHLO /i.test(line)) {
    const keywords = ['PIPELINING', 'SIZE 10240000', '8BITMIME'];
    if (!inTls && host.startTls !== 'not offered') keywords.push('STARTTLS');
    if (host.requireTls === (inTls ? 'inside TLS' : 'before TLS only')) keywords.push('REQUIRETLS');
    const [last = '', ...others] = keywords.toReversed();
    const lines = ['mx', ...others.toReversed()].map((word) => `250-${word}\r\n`);
    socket.write(`${lines.join('')}250 ${last}\r\n`);
  } else {
    socket.write('503 5.5.1 Nothing but EHLO, STARTTLS and QUIT here\r\n');
  }
}

function startTls(socket: Socket, conversation: Conversation): void {
  switch (conversation.host.startTls) {
    case 'not offered':
      socket.end('502 5.5.1 Unknown command\r\n');
      return;
    case 'broken':
      socket.write('220 2.0.0 Go ahead\r\n');
      socket.once('data', () => socket.end('500 5.5.1 What is this?\r\n'));
      return;
    case 'offered': {
      socket.write('220 2.0.0 Go ahead\r\n');
      const { context } = conversation;
      const tls = new TLSSocket(socket, { isServer: true, secureContext: context });
      tls.on('error', () => socket.destroy());
      answerLines(tls, conversation, true);
    }
  }
}
