import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { askSealed, type Asked } from '../../extension/sealed-channel.ts';
import { pairWithProxy } from '../../extension/setup/pair.ts';
import { askRunningProxy, NoProxyAnswer } from '../../proxy/control/control-client.ts';
import { newKeyFile } from '../../proxy/control/key-file.ts';
import { proofOf } from '../../proxy/control/proof.ts';
import type { Question } from '../../shared/control/api.ts';
import { answerProofText } from '../../shared/control/sealed.ts';
import { listeningPort } from '../listening-port.ts';
import { controlPlace, type ControlPlace, type Key } from './control-place.ts';
import { relayedTo, squatter, type Heard, type Manner, type Said } from './squatter.ts';

const LIMIT_MS = 1500;

/** More than an asker reads, and what lies in buffers on the way. */
const MAX_READ_OCTETS = 64 * 1024 * 1024;
const ROUTE_QUESTION: Extract<Question, { ask: 'route' }> = {
  ask: 'route',
  identity: { id: 'id1', address: 'ada@example.org' },
  identities: [{ id: 'id1', address: 'ada@example.org' }],
};
const HELLO: Extract<Question, { ask: 'hello' }> = { ask: 'hello' };

/** What a squatter would like the extension to believe. */
const LIE = {
  route: {
    kind: 'through-proxy',
    account: 'default',
    evidence: { by: 'preferences', profile: 'default', ageMs: 5000 },
  },
};

const CHALLENGE = { challenge: 'c'.repeat(75) };

function json(said: unknown, status = 200): Said {
  return { status, body: JSON.stringify(said) };
}

/** Answers a challenge for a challenge, and anything else with what `answering` makes of it. */
function inventing(answering: (question: { said: string; proof: string }) => Said): Manner {
  return ({ path, body }) =>
    path === '/v1/challenge' ? json(CHALLENGE) : answering(JSON.parse(body));
}

function sealedLie(key: Uint8Array, questionProof: string): Said {
  const said = JSON.stringify({ answer: LIE });
  return json({ said, proof: proofOf(key, answerProofText(questionProof, said)) });
}

const MANNERS: Readonly<Record<string, Manner>> = {
  'invents an answer without proof': inventing(() => json({ answer: LIE })),
  'invents an answer and a proof': inventing(() =>
    json({ said: JSON.stringify({ answer: LIE }), proof: 'A'.repeat(43) }),
  ),
  'proves with a key of its own': inventing(({ proof }) =>
    sealedLie(newKeyFile().commandLine, proof),
  ),
  'proves with an empty key': inventing(({ proof }) => sealedLie(new Uint8Array(), proof)),
  'gives the question back': inventing(({ said, proof }) => json({ said, proof })),
  'gives the proof of the question to an answer': inventing(({ proof }) =>
    json({ said: JSON.stringify({ answer: LIE }), proof }),
  ),
  'answers the challenge already': () => json({ answer: LIE }),
  'answers with a refusal that is an answer': inventing(() => json({ answer: LIE }, 403)),
  'refuses all': () => json({ refused: 'unknown pairing' }, 403),
  'says a spent challenge again and again': inventing(() =>
    json({ refused: 'challenge spent' }, 409),
  ),
  'says what is no JSON': () => ({ status: 200, body: '<h1>It works!</h1>' }),
  'never ends': () => ({ status: 200, body: `"${'x'.repeat(5 * 1024 * 1024)}` }),
  'says nothing': () => undefined,
};

test.each(Object.entries(MANNERS))(
  'a program on the port that %s is believed nothing, and learns no key',
  async (_what, manner) => {
    await using place = await controlPlace();
    const key = await pairedWith(place);
    await using other = await squatter(manner);
    const asked = await askSealed({ port: other.port, ...key }, ROUTE_QUESTION, LIMIT_MS);
    expect(believed(asked)).toBeUndefined();
    expect(other.heard.length).toBeGreaterThan(0);
    expect(keysIn(other.octets(), key)).toEqual([]);
  },
);

test('answers that were recorded are not believed for another question, nor for the same', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const recorded = new Map<string, Said>();
  await using relay = await squatter(async (heard) => {
    const said = await relayedTo(place.port, heard);
    recorded.set(heard.path, said);
    return said;
  });
  const through = { port: relay.port, ...key };
  expect(believed(await askSealed(through, ROUTE_QUESTION, LIMIT_MS))).toBeDefined();

  await place.stop();
  await using player = await squatter(({ path }) => recorded.get(path));
  const played = { port: player.port, ...key };
  for (const question of [ROUTE_QUESTION, HELLO]) {
    expect(await askSealed(played, question, LIMIT_MS)).toMatchObject({ no: 'not proved' });
  }
  expect(keysIn(relay.octets() + player.octets(), key)).toEqual([]);
});

const CHANGES: Readonly<Record<string, (heard: Heard, said: Said) => Said>> = {
  'changes an answer': (_heard, said) => changed(said, 'unknown', 'through-proxy'),
  'changes an answer by one blank': (_heard, said) => changed(said, '{', '{ '),
  'takes the proof away': (_heard, said) => json({ said: JSON.parse(said.body).said }),
};

test.each(Object.entries(CHANGES))(
  'a program between extension and proxy that %s is found out',
  async (_what, change) => {
    await using place = await controlPlace();
    const key = await pairedWith(place);
    await using between = await squatter(async (heard) => {
      const said = await relayedTo(place.port, heard);
      return heard.path === '/v1/ask' ? change(heard, said) : said;
    });
    const asked = await askSealed({ port: between.port, ...key }, ROUTE_QUESTION, LIMIT_MS);
    expect(asked).toMatchObject({ no: 'not proved' });
    expect(keysIn(between.octets(), key)).toEqual([]);
  },
);

test('a program between the two cannot make another question of one', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  await using between = await squatter(async ({ path, body }) => {
    const other = body
      .replace('hello', 'unpair')
      .replace('\\"ask\\":\\"route\\"', '\\"ask\\":\\"unpair\\"');
    return await relayedTo(place.port, { path, body: other });
  });
  const through = { port: between.port, ...key };
  expect(await askSealed(through, { ask: 'hello' }, LIMIT_MS)).toMatchObject({ no: 'refused' });
  expect(await place.profiles.all()).toHaveLength(1);
});

test('an answer to one question is not believed for another that was asked at the same time', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  let held: ((said: Said) => void) | undefined;
  await using between = await squatter(async (heard) => {
    const said = await relayedTo(place.port, heard);
    if (heard.path !== '/v1/ask') return said;
    const release = held;
    release?.(said); // the first to come gets the answer to the second
    if (release !== undefined) return said;
    return await new Promise<Said>((resolve) => (held = resolve));
  });
  const through = { port: between.port, ...key };
  const [first, second] = await Promise.all([
    askSealed(through, { ask: 'hello' }, LIMIT_MS),
    askSealed(through, { ask: 'hello' }, LIMIT_MS),
  ]);
  const outcomes = [first, second].map((asked) => ('no' in asked ? asked.no : 'answered'));
  expect(outcomes.toSorted()).toEqual(['answered', 'not proved']);
});

test('who pairs with a squatter is told so, and shows neither code nor key', async () => {
  const code = '0123456789AB';
  const manners: readonly Manner[] = [
    ({ body }) =>
      body.includes('hello')
        ? json({ pairing: 'p'.repeat(22), nonce: 'q'.repeat(22) })
        : json({ proof: 'A'.repeat(43) }),
    ({ body }) =>
      body.includes('hello')
        ? json({ pairing: 'p'.repeat(22), nonce: 'q'.repeat(22) })
        : json({ proof: JSON.parse(body).proof }),
    () => json({ pairing: 'p'.repeat(22), nonce: 'q'.repeat(22) }),
  ];
  for (const manner of manners) {
    await using other = await squatter(manner);
    const end = await pairWithProxy(other.port, code, 'Ada');
    expect(end).toMatchObject({ kind: 'not the proxy' });
    expect(other.octets()).not.toContain(code);
  }
});

test('a squatter that relays a whole pairing has learnt no key in the end', async () => {
  await using place = await controlPlace();
  const { code } = (await place.pairing.newCode()) ?? { code: '' };
  await using between = await squatter(async (heard) => relayedTo(place.port, heard));
  const end = await pairWithProxy(between.port, code.replaceAll('-', ''), 'Ada');
  if (end.kind !== 'paired') throw new Error(`it ended as ${JSON.stringify(end)}`);
  expect(keysIn(between.octets(), end.pairing)).toEqual([]);
  expect(between.octets()).not.toContain(code.replaceAll('-', ''));
});

test.each(Object.entries(MANNERS).filter(([what]) => what !== 'says nothing'))(
  'a command believes nothing of a program on the port that %s, and says so',
  async (_what, manner) => {
    await using place = await controlPlace();
    await using other = await squatter(manner);
    const control = { ...place.control, port: other.port };
    const asked = askRunningProxy({ ...place, control }, { ask: 'pairing code' });
    await expect(asked).rejects.toThrow(NoProxyAnswer);
    await expect(asked).rejects.toThrow(
      /another program listens at|does not accept the key|does not answer as the proxy does/,
    );
    expect(keysIn(other.octets(), place.commandLine)).toEqual([]);
  },
);

test('an answer without end is not read to its end', async () => {
  await using place = await controlPlace();
  const writing: Promise<number>[] = [];
  const server = createServer((_request, response) => {
    const blanks = Buffer.alloc(64 * 1024, ' ');
    let octets = 0;
    const source = new Readable({
      read() {
        octets += blanks.length;
        this.push(octets > MAX_READ_OCTETS ? null : blanks);
      },
    });
    writing.push(
      pipeline(source, response).then(
        () => octets,
        () => octets, // the other side has closed
      ),
    );
  });
  const port = await listeningPort(server);
  const asker = { port, ...place.commandLine };
  expect(await askSealed(asker, { ask: 'hello' }, 10_000)).toHaveProperty('no');
  const control = { ...place.control, port };
  await expect(askRunningProxy({ ...place, control }, { ask: 'hello' })).rejects.toThrow(
    'another program',
  );
  for (const octets of await Promise.all(writing)) expect(octets).toBeLessThan(MAX_READ_OCTETS);
  server.close();
});

async function pairedWith({ profiles }: ControlPlace): Promise<Key> {
  const key = new Uint8Array(newKeyFile().commandLine);
  const pairing = 'pairing-of-a-program';
  await profiles.add({ pairing, name: 'Ada', key, created: new Date(0).toISOString() });
  return { pairing, key };
}

function believed(asked: Asked<'route'>): unknown {
  return 'answer' in asked ? asked.answer : undefined;
}

function changed({ status, body }: Said, from: string, to: string): Said {
  const { said, proof }: { said: string; proof: string } = JSON.parse(body);
  if (!said.includes(from)) throw new Error(`there is no ${from} in ${said}`);
  return json({ said: said.replace(from, to), proof }, status);
}

/** In any form in which somebody might write a key. */
function keysIn(octets: string, { key }: { readonly key: Uint8Array }): readonly string[] {
  const forms = ['base64url', 'base64', 'hex', 'latin1'] as const;
  const written = forms.map((form) => Buffer.from(key).toString(form));
  const hashed = createHash('sha256').update(key).digest('base64url');
  return [...written, hashed].filter((form) => octets.includes(form));
}
