import { connect, createServer, type Socket } from 'node:net';
import { listeningPort } from './listening-port.ts';

/** A way into the proxy on which everything that a mail program says is written down. */
export type Wiretap = AsyncDisposable & {
  /** Where the mail program connects, on 127.0.0.1. */
  readonly port: number;
  /** The messages as the mail program wrote them, dots no longer doubled, oldest first. */
  messages(): readonly Buffer[];
};

/** RFC 5321 §4.1.1.4: the lines between the command DATA and the final dot. */
const MESSAGE = /(?<=^|\r\n)DATA\r\n(|[^]*?\r\n)\.\r\n/gi;

/** @param port where the proxy listens */
export async function startWiretap(port: number): Promise<Wiretap> {
  const sessions: Buffer[][] = [];
  const mailPrograms = new Set<Socket>();
  const server = createServer((mailProgram) => {
    mailPrograms.add(mailProgram);
    const said: Buffer[] = [];
    sessions.push(said);
    const proxy = connect(port, '127.0.0.1');
    mailProgram.on('data', (octets: Buffer) => said.push(octets));
    // Who loses one of the two sides hears it from the other, and the test from the mail program.
    mailProgram.on('error', () => undefined).on('close', () => proxy.destroy());
    proxy.on('error', () => mailProgram.destroy());
    mailProgram.pipe(proxy).pipe(mailProgram);
  });
  return {
    port: await listeningPort(server),
    messages: () => sessions.flatMap((said) => messagesIn(Buffer.concat(said).toString('latin1'))),
    [Symbol.asyncDispose]: async () => {
      // Thunderbird keeps its connection for 5 seconds after a message; nobody waits for that.
      for (const socket of mailPrograms) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function messagesIn(said: string): readonly Buffer[] {
  return [...said.matchAll(MESSAGE)].map(([, data = '']) =>
    // RFC 5321 §4.5.2
    Buffer.from(data.replace(/(?<=^|\r\n)\./g, ''), 'latin1'),
  );
}
