import { expect, test } from 'vitest';
import { askSealed } from '../../extension/sealed-channel.ts';
import { Challenges, CHALLENGE_MS } from '../../proxy/control/challenge.ts';
import { askRunningProxy } from '../../proxy/control/control-client.ts';
import { newKeyFile } from '../../proxy/control/key-file.ts';
import { isProofOf } from '../../proxy/control/proof.ts';
import { answerProofText } from '../../shared/control/sealed.ts';
import { controlPlace, type ControlPlace, type Key } from './control-place.ts';
import { ask, challengeFrom, NONCE, provedQuestion, sealed } from './sealed-question.ts';

const ORIGIN = 'moz-extension://3b1c8d5e-0a4f-4c53-9a51-6c0a7f0f9b11';
const HELLO = { ask: 'hello' } as const;

/** A profile that is paired already, of an extension or, without an origin, of another program. */
async function pairedWith({ profiles }: ControlPlace, origin?: string): Promise<Key> {
  const key = new Uint8Array(newKeyFile().commandLine);
  const pairing = `pairing-of-a-test-${origin === undefined ? 'program' : 'extension'}`;
  const created = new Date(0).toISOString();
  await profiles.add({
    pairing,
    name: 'Ada',
    key,
    created,
    ...(origin !== undefined && { origin }),
  });
  return { pairing, key };
}

function refusedAs(refused: string) {
  return expect.objectContaining({ body: JSON.stringify({ refused }) }) as unknown;
}

test('a question that is proved is answered, and the answer is proved', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const question = await provedQuestion(place.port, key, HELLO);
  const { body, status } = await ask(place.port, question);
  expect(status).toBe(200);
  const answer: { said: string; proof: string } = JSON.parse(body);
  expect(isProofOf(key.key, answerProofText(question.proof, answer.said), answer.proof)).toBe(true);
  expect(JSON.parse(answer.said)).toMatchObject({ answer: { version: '0.0.0' } });
});

test('a question without a proof, or with a wrong one, is refused and does nothing', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const { proof, ...unproved } = await provedQuestion(place.port, key, { ask: 'unpair' });
  expect(await ask(place.port, unproved)).toEqual(refusedAs('malformed'));
  const wrong = [
    'A'.repeat(43),
    `${proof.slice(0, -1)}${proof.endsWith('A') ? 'E' : 'A'}`,
    `${proof.startsWith('A') ? 'B' : 'A'}${proof.slice(1)}`,
  ];
  for (const other of wrong) {
    expect(await ask(place.port, { ...unproved, proof: other })).toEqual(refusedAs('not proved'));
  }
  for (const odd of ['', proof.slice(1), `${proof}A`, null, [proof]]) {
    expect(await ask(place.port, { ...unproved, proof: odd })).toEqual(refusedAs('malformed'));
  }
  expect(await place.profiles.all()).toHaveLength(1);
});

test('a question that was changed on the way is refused', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const question = await provedQuestion(place.port, key, HELLO);
  const changed = { ...question, said: question.said.replace('hello', 'unpair') };
  expect(await ask(place.port, changed)).toEqual(refusedAs('not proved'));
  expect(await ask(place.port, { ...question, said: `${question.said} ` })).toEqual(
    refusedAs('not proved'),
  );
});

test('a key proves nothing for another pairing', async () => {
  await using place = await controlPlace();
  const program = await pairedWith(place);
  const extension = await pairedWith(place, ORIGIN);
  const mixed = { pairing: place.commandLine.pairing, key: program.key };
  const question = await provedQuestion(place.port, mixed, HELLO);
  expect(await ask(place.port, question)).toEqual(refusedAs('not proved'));
  const other = { pairing: extension.pairing, key: program.key };
  const stolen = await provedQuestion(place.port, other, HELLO);
  expect(await ask(place.port, stolen, { Origin: ORIGIN })).toEqual(refusedAs('not proved'));
  const unknown = { pairing: 'nobody-knows-this-one', key: program.key };
  const foreign = await provedQuestion(place.port, unknown, HELLO);
  expect(await ask(place.port, foreign)).toEqual(refusedAs('unknown pairing'));
});

test('a question that was heard and is said again is refused', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const question = await provedQuestion(place.port, key, HELLO);
  expect(await ask(place.port, question)).toMatchObject({ status: 200 });
  expect(await ask(place.port, question)).toEqual(refusedAs('challenge spent'));
});

test('of a question that is said ten times at once, one is answered', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const question = await provedQuestion(place.port, key, HELLO);
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(place.port, question)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('a question from before a restart is refused, answered then or not', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const answered = await provedQuestion(place.port, key, HELLO);
  const kept = await provedQuestion(place.port, key, HELLO);
  expect(await ask(place.port, answered)).toMatchObject({ status: 200 });
  await place.restart();
  expect(await ask(place.port, answered)).toEqual(refusedAs('challenge spent'));
  expect(await ask(place.port, kept)).toEqual(refusedAs('challenge spent'));
  expect(await askSealed({ port: place.port, ...key }, HELLO, 5000)).toHaveProperty('answer');
});

test('a challenge that the proxy did not give is none', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const challenge = await challengeFrom(place.port);
  const forged = [
    'A'.repeat(75),
    `${challenge.slice(0, -1)}${challenge.endsWith('A') ? 'B' : 'A'}`,
    `${challenge.startsWith('A') ? 'B' : 'A'}${challenge.slice(1)}`,
    new Challenges().give(),
    challenge.slice(0, 32),
  ];
  for (const other of forged) {
    const question = sealed(key, { challenge: other, nonce: NONCE, question: HELLO });
    expect(await ask(place.port, question)).toEqual(refusedAs('challenge spent'));
  }
});

test('a challenge is good for thirty seconds, once, and in one spelling', () => {
  let now = 5;
  const challenges = new Challenges(() => now);
  const [first, second] = [challenges.give(), challenges.give()];
  expect(challenges.spend(`${first}=`)).toBe(false);
  expect(challenges.spend(`${first}A`)).toBe(false);
  now += CHALLENGE_MS - 1;
  expect(challenges.spend(first)).toBe(true);
  expect(challenges.spend(first)).toBe(false);
  now += 1;
  expect(challenges.spend(second)).toBe(false);
  const third = challenges.give();
  now += CHALLENGE_MS * 2;
  expect(challenges.spend(first), 'it is forgotten, and too old').toBe(false);
  expect(challenges.spend(third)).toBe(false);
});

test('of challenges that were spent, none is forgotten while it could be said again', () => {
  const challenges = new Challenges(() => 0);
  const given = Array.from({ length: 10_050 }, () => challenges.give());
  const spent = given.filter((challenge) => challenges.spend(challenge));
  expect(spent).toHaveLength(10_000);
  expect(given.filter((challenge) => challenges.spend(challenge))).toEqual([]);
});

test('what is proved and is no question is refused', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place);
  const said = [
    ['no such question', { ask: 'password' }],
    ['no such question', { ask: 'toString' }],
    ['no such question', { ask: '__proto__' }],
    ['malformed', { ask: 'hello', more: 1 }],
    ['malformed', { ask: 'outcomes', markerIds: ['../../etc'] }],
    ['malformed', { ask: 'outcomes', markerIds: Array.from({ length: 201 }, () => 'a') }],
    ['malformed', { ask: 7 }],
    ['malformed', 'hello'],
    ['malformed', undefined],
  ] as const;
  for (const [refusal, question] of said) {
    const asked = await provedQuestion(place.port, key, question);
    expect(await ask(place.port, asked), JSON.stringify(question)).toEqual(refusedAs(refusal));
  }
  const challenge = await challengeFrom(place.port);
  for (const odd of [
    'no object',
    { challenge, question: HELLO },
    { nonce: NONCE, question: HELLO },
  ]) {
    expect(await ask(place.port, sealed(key, odd))).toEqual(refusedAs('malformed'));
  }
});

test('what belongs to the command line is refused to an extension', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place, ORIGIN);
  const questions = [
    { ask: 'pairing code' },
    { ask: 'pairings' },
    { ask: 'remove pairing', pairing: key.pairing },
    { ask: 'page link' },
  ];
  for (const question of questions) {
    const asked = await provedQuestion(place.port, key, question);
    expect(await ask(place.port, asked, { Origin: ORIGIN })).toEqual(refusedAs('not allowed'));
  }
  expect(place.pairing.isCodeWaiting).toBe(false);
  expect(await place.profiles.all()).toHaveLength(1);
});

test('a page in a browser asks about receipts, and nothing else', async () => {
  await using place = await controlPlace();
  const { origin, host, hash } = new URL(place.pages.link(place.port));
  const own = { Origin: origin, Host: host };
  const opened = place.pages.open(hash.slice(1), origin);
  const key = {
    pairing: opened?.session ?? '',
    key: new Uint8Array(Buffer.from(opened?.key ?? '', 'base64url')),
  };
  const asking = async (question: unknown, fields: Record<string, string> = own) =>
    ask(place.port, await provedQuestion(place.port, key, question), fields);
  expect(await asking({ ask: 'receipts' })).toMatchObject({ status: 200 });
  expect(await asking({ ask: 'storage' })).toMatchObject({ status: 200 });
  const others = [
    HELLO,
    { ask: 'unpair' },
    { ask: 'pairing code' },
    { ask: 'page link' },
    { ask: 'outcomes', markerIds: [] },
    { ask: 'offer', account: 'default' },
  ];
  for (const other of others) expect(await asking(other)).toEqual(refusedAs('not allowed'));
  const storage = { ask: 'storage' };
  expect(await asking(storage, { Host: host })).toEqual(refusedAs('foreign origin'));
  expect(await asking(storage, { Host: host, Origin: ORIGIN })).toEqual(
    refusedAs('foreign origin'),
  );
  const elsewhere = { Origin: `http://127.0.0.1:${place.port}` };
  expect(await asking(storage, elsewhere)).toEqual(refusedAs('unknown pairing'));
});

test('a key that was stolen from an extension is of no use from anywhere else', async () => {
  await using place = await controlPlace();
  const key = await pairedWith(place, ORIGIN);
  const asking = async (fields: Record<string, string>) =>
    ask(place.port, await provedQuestion(place.port, key, HELLO), fields);
  expect(await asking({ Origin: ORIGIN })).toMatchObject({ status: 200 });
  for (const fields of [
    {},
    { Origin: ORIGIN.replace('3b', '3c') },
    { Origin: `http://127.0.0.1:${place.port}` },
  ]) {
    expect(await asking(fields)).toEqual(refusedAs('foreign origin'));
  }
  const program = await provedQuestion(place.port, place.commandLine, HELLO);
  expect(await ask(place.port, program, { Origin: ORIGIN })).toEqual(refusedAs('foreign origin'));
});

test('a pairing that was removed cannot ask from then on, whoever removed it', async () => {
  await using place = await controlPlace();
  const program = await pairedWith(place);
  const asked = await provedQuestion(place.port, program, HELLO);
  const removal = { ask: 'remove pairing', pairing: program.pairing } as const;
  expect(await askRunningProxy(place, removal)).toEqual({ removed: true });
  expect(await askRunningProxy(place, removal)).toEqual({ removed: false });
  expect(await ask(place.port, asked)).toEqual(refusedAs('unknown pairing'));

  const again = { port: place.port, ...(await pairedWith(place)) };
  expect(await askSealed(again, { ask: 'unpair' }, 5000)).toEqual({ answer: {} });
  expect(await askSealed(again, HELLO, 5000)).toEqual({ no: 'refused', detail: 'unknown pairing' });
});
