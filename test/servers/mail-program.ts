import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const REPLY_LIMIT_MS = 100_000;

/** One SMTP session as a mail program leads it, octet by octet as it is told. */
export type MailProgram = {
  readonly greeting: string;
  /** Sends one command line and returns the reply, its lines parted by `\n`. */
  say(line: string): Promise<string>;
  /** Sends octets as they are and returns the next reply. */
  send(octets: Buffer): Promise<string>;
  /** What the other side says next without being asked. */
  hear(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type Security =
  { readonly kind: 'none' } | { readonly kind: 'tls' | 'starttls'; readonly ca: string };

/**
 * Connects to 127.0.0.1, with TLS verified for `localhost` where it is asked for.
 *
 * @param limitMs for each reply
 */
export async function connectTo(
  port: number,
  security: Security = { kind: 'none' },
  limitMs: number = REPLY_LIMIT_MS,
): Promise<MailProgram> {
  if (security.kind === 'tls') {
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: security.ca,
    });
    return await session(socket, limitMs);
  }
  const socket = connectTcp({ host: '127.0.0.1', port });
  const plain = await session(socket, limitMs);
  if (security.kind === 'none') return plain;

  await plain.say('EHLO mail-program.test');
  const reply = await plain.say('STARTTLS');
  if (!reply.startsWith('220 ')) throw new Error(`STARTTLS answered with ${reply}`);
  socket.removeAllListeners('data');
  const secured = connectTls({ socket, servername: 'localhost', ca: security.ca });
  return dialogue(secured, plain.greeting, limitMs);
}

async function session(socket: Socket, limitMs: number): Promise<MailProgram> {
  const plain = dialogue(socket, '', limitMs);
  try {
    return { ...plain, greeting: await plain.hear() };
  } catch (fault) {
    socket.destroy();
    throw fault;
  }
}

function dialogue(socket: Socket, greeting: string, limitMs: number): MailProgram {
  let received = '';
  let fault: Error | undefined;
  let wake: (() => void) | undefined;
  socket.on('data', (octets: Buffer) => {
    received += octets.toString('utf8');
    wake?.();
  });
  const close = (cause: Error) => {
    fault ??= cause;
    wake?.();
  };
  socket.on('error', close);
  socket.on('close', () => close(new Error('the connection was closed')));

  const hear = async () => {
    const timer = setTimeout(() => close(new Error('no reply in time')), limitMs);
    try {
      for (;;) {
        const reply = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(received)?.[0];
        if (reply !== undefined) {
          received = received.slice(reply.length);
          return reply.trimEnd().replaceAll('\r\n', '\n');
        }
        if (fault !== undefined) {
          throw new Error(`no reply: ${fault.message}; heard ${JSON.stringify(received)}`);
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  };
  const send = async (octets: Buffer) => {
    socket.write(octets);
    return hear();
  };
  return {
    greeting,
    hear,
    send,
    say: (line) => send(Buffer.from(`${line}\r\n`)),
    [Symbol.asyncDispose]: async () => {
      if (socket.closed) return;
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    },
  };
}
