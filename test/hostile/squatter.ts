import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listeningPort } from '../listening-port.ts';

export type Heard = { readonly path: string; readonly body: string };
export type Said = { readonly status: number; readonly body: string };

/** Says something to what it hears; undefined says nothing, ever. */
export type Manner = (heard: Heard) => Promise<Said | undefined> | Said | undefined;

/** Another program, which took the control port while the proxy was not running. */
export type Squatter = AsyncDisposable & {
  readonly port: number;
  readonly heard: readonly Heard[];
  /** What it was told in all, heads included. */
  readonly octets: () => string;
};

export async function squatter(manner: Manner): Promise<Squatter> {
  const heard: Heard[] = [];
  const octets: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, async (one, head) => {
      heard.push(one);
      octets.push(head, one.body);
      return await manner(one);
    });
  });
  const port = await listeningPort(server);
  return {
    port,
    heard,
    octets: () => octets.join('\n'),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  hear: (heard: Heard, head: string) => Promise<Said | undefined>,
): Promise<void> {
  const body = Buffer.concat(await request.toArray()).toString('utf8');
  const said = await hear({ path: request.url ?? '', body }, JSON.stringify(request.rawHeaders));
  if (said === undefined) return;
  response.writeHead(said.status, { 'content-type': 'application/json' }).end(said.body);
}

/** Passes what it hears on to the proxy, as a program between the two would. */
export async function relayedTo(port: number, { path, body }: Heard): Promise<Said> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, body: await response.text() };
}
