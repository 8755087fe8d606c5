import { connect, type Socket } from 'node:net';

/** Asks one question over a connection of its own. */
export async function overTcp(resolver: string, question: Buffer): Promise<Buffer> {
  const [host = '', port = ''] = resolver.split(':');
  const socket = connect(Number(port), host);
  try {
    socket.write(framedAs(question));
    for await (const message of framed(socket)) return message;
    throw new Error(`${resolver} closed the connection`);
  } finally {
    socket.destroy();
  }
}

/** RFC 1035 §4.2.2: two octets of length before each message. */
export async function* framed(socket: Socket): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = socket; // no encoding was set
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      yield pending.subarray(2, end);
      pending = pending.subarray(end);
    }
  }
}

/** With its length before it. */
export function framedAs(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
