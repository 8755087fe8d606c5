import { createSecureServer } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import type { Issued } from '../hostile/issued-certificate.ts';
import { listeningPort } from '../listening-port.ts';
import { overTcp } from './dns-over-tcp.ts';

export type DohServer = {
  /** `https://localhost:PORT/dns-query` */
  readonly address: string;
  [Symbol.asyncDispose](): Promise<void>;
};

/** A resolver over HTTP/1.1 and HTTP/2 (RFC 8484) in front of one at `127.0.0.1:PORT`. */
export async function startDohServer(resolver: string, certificate: Issued): Promise<DohServer> {
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    const answered = async () => {
      const answer = await overTcp(resolver, await buffer(request));
      response.writeHead(200, { 'content-type': 'application/dns-message' }).end(answer);
    };
    answered().catch(() => response.writeHead(502).end());
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  server.on('secureConnection', (socket) => {
    sessions.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sessions.delete(socket));
  });
  return {
    address: `https://localhost:${await listeningPort(server)}/dns-query`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}
