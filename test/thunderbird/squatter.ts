import { createServer } from 'node:http';
import { once } from 'node:events';

/**
 * A program that holds the control port while the proxy is down, and makes up that each message
 * goes through the proxy.
 */
export async function startSquatter(port: number): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const answer =
      request.url === '/v1/challenge' ? { challenge: 'A'.repeat(43) } : INVENTED_ANSWER;
    request.resume().on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** It does not have the key, so the proof is none. */
const INVENTED_ANSWER = {
  said: JSON.stringify({
    answer: {
      route: {
        kind: 'through-proxy',
        account: 'default',
        evidence: { by: 'preferences', profile: 'profile', ageMs: 60_000 },
      },
    },
  }),
  proof: 'A'.repeat(43),
};
