import net from 'node:net';
import { listeningPort } from '../listening-port.ts';

/** A server for newsgroups (RFC 3977), which takes what is posted. */
export type NewsServer = AsyncDisposable & {
  readonly port: number;
  /** Every line that was said to it. */
  heard(): readonly string[];
};

export async function startNewsServer(): Promise<NewsServer> {
  const heard: string[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('200 news.example posting allowed\r\n');
    socket.on('data', (octets) => {
      for (const line of String(octets).split('\r\n').filter(Boolean)) {
        heard.push(line);
        const reply = REPLIES[line.toUpperCase().split(' ', 1)[0] ?? ''];
        if (reply !== undefined) socket.write(`${reply}\r\n`);
      }
    });
  });
  return {
    port: await listeningPort(server),
    heard: () => heard,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const REPLIES: Readonly<Record<string, string>> = {
  CAPABILITIES: '101 they are\r\nVERSION 2\r\nREADER\r\nPOST\r\n.',
  MODE: '200 posting allowed',
  GROUP: '211 0 0 0 test.group',
  POST: '340 go on',
  '.': '240 posted',
  QUIT: '205 bye',
};
