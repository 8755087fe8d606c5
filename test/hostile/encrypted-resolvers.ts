import http2 from 'node:http2';
import https from 'node:https';
import type net from 'node:net';
import { Readable, type Writable } from 'node:stream';
import { setImmediate as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { listeningPort } from '../listening-port.ts';
import { AD, answering, framed, mx, type Plays, validating } from '../protocol/dns-server.ts';
import type { Issued } from './issued-certificate.ts';

export const NAME = 'recipient.example';

/** Has an MX record for that name, signed. */
export const truly: Plays = (query) => [answering(query, { answers: [mx(NAME)], flags: AD })];

export type EncryptedResolver = AsyncDisposable & {
  readonly port: number;
  readonly asked: () => number;
};

/** A resolver over TLS. */
export async function dotServer(
  certificate: Issued,
  plays = validating(truly),
  afterwards: 'stays' | 'hangs up' = 'stays',
): Promise<EncryptedResolver> {
  let asked = 0;
  const sockets = new Set<net.Socket>();
  const server = tls.createServer({ ...certificate, minVersion: 'TLSv1.2' }, (socket) => {
    socket.on('error', () => socket.destroy());
    let arrived: Buffer = Buffer.alloc(0);
    socket.on('data', (octets: Buffer) => {
      arrived = Buffer.concat([arrived, octets]);
      while (arrived.length >= 2 && arrived.length >= 2 + arrived.readUInt16BE(0)) {
        asked += 1;
        const end = 2 + arrived.readUInt16BE(0);
        for (const answer of plays(arrived.subarray(2, end), 'TCP')) socket.write(framed(answer));
        arrived = arrived.subarray(end);
        if (afterwards === 'hangs up') socket.end();
      }
    });
  });
  return { port: await opened(server, sockets), asked: () => asked, ...ending(server, sockets) };
}

/** What one over HTTPS answers with; where nothing is said, the answer of `truly`. */
export type Served = {
  readonly status?: number;
  readonly type?: string;
  readonly body?: Buffer;
  readonly location?: string;
  readonly isEndless?: boolean;
};

/** Of either version of HTTP. */
type Answering = Writable & {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
};

/** A resolver over HTTPS, which answers to whatever it is sent; HTTP/1.1 alone where it is old. */
export async function dohServer(
  certificate: Issued,
  serves: (query: Buffer) => Served | 'nothing' = () => ({}),
  isOld = false,
): Promise<EncryptedResolver> {
  let asked = 0;
  const sockets = new Set<net.Socket>();
  const handle = (request: Readable, response: Answering) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked += 1;
      const query = Buffer.concat(parts);
      const served = serves(query);
      if (served === 'nothing') return;
      const { status = 200, type = 'application/dns-message', location } = served;
      response.statusCode = status;
      response.setHeader('content-type', type);
      if (location !== undefined) response.setHeader('location', location);
      const [answer = Buffer.alloc(0)] = validating(truly)(query, 'TCP');
      response.on('error', () => response.destroy());
      if (served.isEndless === true) Readable.from(endless()).pipe(response);
      else response.end(served.body ?? answer);
    });
  };
  const options = { ...certificate, allowHTTP1: true };
  const server = isOld
    ? https.createServer(certificate, handle)
    : http2.createSecureServer(options, handle);
  return { port: await opened(server, sockets), asked: () => asked, ...ending(server, sockets) };
}

/** As fast as it is taken. */
async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    await pause();
    yield Buffer.alloc(1000);
  }
}

/** Listens on a free port, and remembers who connects. */
export async function opened(server: net.Server, sockets: Set<net.Socket>): Promise<number> {
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  return await listeningPort(server);
}

/** Hangs up on all of them. */
export function ending(server: net.Server, sockets: ReadonlySet<net.Socket>): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
