import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { fromBase64url } from '../../extension/base64url.ts';
import { askSealed, type Pairing } from '../../extension/sealed-channel.ts';
import { listeningPort } from '../listening-port.ts';
import { type ControlServer, controlServer } from './control-server.ts';

const HELLO = { ask: 'hello' } as const;
const WELCOME = { version: '1', accounts: [], readsPreferences: true };

function pairingWith({ stored }: ControlServer): Pairing {
  return { ...stored, key: fromBase64url(stored.key) ?? new Uint8Array() };
}

test('the extension believes an answer that is proved', async () => {
  await using proxy = await controlServer({ hello: WELCOME });
  expect(await askSealed(pairingWith(proxy), HELLO, 3_000)).toEqual({ answer: WELCOME });
});

test('who has taken the port and has no key is not believed', async () => {
  await using squatter = await controlServer({ hello: WELCOME }, 'squats');
  expect(await askSealed(pairingWith(squatter), HELLO, 3_000)).toEqual({
    no: 'not proved',
    detail: 'wrong proof',
  });
});

test('an answer to another question is not believed', async () => {
  await using proxy = await controlServer({ unpair: {} });
  const asked = await askSealed(pairingWith(proxy), HELLO, 3_000);
  expect(asked).toMatchObject({ no: 'failed' });
});

test('a proxy that hangs is not waited for longer than was said', async () => {
  await using proxy = await controlServer({ hello: WELCOME }, 'hangs');
  const asked = await askSealed(pairingWith(proxy), HELLO, 100);
  expect(asked).toEqual({ no: 'no answer', detail: 'too slow' });
});

test('where nobody listens there is no answer', async () => {
  const proxy = await controlServer({ hello: WELCOME });
  await proxy[Symbol.asyncDispose]();
  expect(await askSealed(pairingWith(proxy), HELLO, 3_000)).toMatchObject({ no: 'no answer' });
});

test('what the proxy says it cannot do, and what anybody says, are told apart', async () => {
  await using proxy = await controlServer({ hello: { failed: 'The disk is full' } });
  const failed = { no: 'failed', detail: 'The disk is full' };
  expect(await askSealed(pairingWith(proxy), HELLO, 3_000)).toEqual(failed);
  proxy.manner = 'forgot';
  const refused = { no: 'refused', detail: 'unknown pairing' };
  expect(await askSealed(pairingWith(proxy), HELLO, 3_000)).toEqual(refused);
});

/** Another program that has taken the proxy's port. */
async function squatterSaying(
  answer: RequestListener,
): Promise<AsyncDisposable & { readonly pairing: Pairing }> {
  const http = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response));
  });
  const port = await listeningPort(http);
  return {
    pairing: { port, pairing: 'pairing-of-the-test', key: new Uint8Array(32) },
    [Symbol.asyncDispose]: async () => {
      http.close();
      http.closeAllConnections();
      await once(http, 'close');
    },
  };
}

test('an answer of the proxy that is played again is not believed', async () => {
  await using proxy = await controlServer({ hello: WELCOME });
  await askSealed(pairingWith(proxy), HELLO, 3_000);
  const recorded = proxy.said.at(-1) ?? '';
  expect(recorded).toContain('proof');
  await using squatter = await squatterSaying((request, response) => {
    response.end(request.url === '/v1/ask' ? recorded : proxy.said[0]);
  });
  const { port } = squatter.pairing;
  const asked = await askSealed({ ...pairingWith(proxy), port }, HELLO, 3_000);
  expect(asked).toEqual({ no: 'not proved', detail: 'wrong proof' });
});

const CHALLENGE = JSON.stringify({ challenge: 'a'.repeat(22) });

test.each<{ name: string; answer: RequestListener; no: string }>([
  {
    name: 'never ends',
    answer: (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    },
    no: 'not proved',
  },
  {
    name: 'sends us elsewhere',
    answer: (request, response) => {
      if (request.url === '/elsewhere') response.end(CHALLENGE);
      else response.writeHead(307, { location: '/elsewhere' }).end();
    },
    no: 'no answer',
  },
  {
    name: 'refuses without a word',
    answer: (_request, response) => response.writeHead(500).end(),
    no: 'not proved',
  },
  {
    name: 'is no JSON',
    answer: (_request, response) => response.end('<p>challenge</p>'),
    no: 'not proved',
  },
  {
    name: 'has a challenge and no proof',
    answer: (request, response) => {
      response.end(request.url === '/v1/challenge' ? CHALLENGE : '{"answer":{}}');
    },
    no: 'not proved',
  },
  {
    name: 'has no challenge',
    answer: (_request, response) => response.end('{"challenge":1}'),
    no: 'not proved',
  },
])('who answers with what $name is not believed', async ({ answer, no }) => {
  await using squatter = await squatterSaying(answer);
  expect(await askSealed(squatter.pairing, HELLO, 10_000)).toMatchObject({ no });
});

test('a challenge that is spent by a new start of the proxy is asked for again, once', async () => {
  let asked = 0;
  await using restarted = await squatterSaying((request, response) => {
    if (request.url === '/v1/challenge') {
      asked += 1;
      response.end(CHALLENGE);
    } else response.writeHead(403).end('{"refused":"challenge spent"}');
  });
  const answer = await askSealed(restarted.pairing, HELLO, 3_000);
  expect(answer).toEqual({ no: 'refused', detail: 'challenge spent' });
  expect(asked).toBe(2);
});
