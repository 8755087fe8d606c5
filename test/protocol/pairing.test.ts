import { expect, test } from 'vitest';
import { askSealed } from '../../extension/sealed-channel.ts';
import { pairWithProxy, type PairingEnd } from '../../extension/setup/pair.ts';
import { askRunningProxy } from '../../proxy/control/control-client.ts';
import { PAIRING_MS } from '../../shared/control/pairing-code.ts';
import { deferred } from '../deferred.ts';
import { controlPlace, type ControlPlace } from '../hostile/control-place.ts';
import { request, sayHttp } from '../hostile/raw-http.ts';
import { stoppedClock } from '../stopped-clock.ts';

/** As `typedPairingCode` gives it; of all codes, hardly ever the right one. */
const WRONG = '000000000000';

async function newCode({ pairing }: Pick<ControlPlace, 'pairing'>): Promise<string> {
  const made = await pairing.newCode();
  if (made === undefined) throw new Error('there is no code');
  return made.code.replaceAll('-', '');
}

function refusal(end: PairingEnd) {
  return end.kind === 'refused' ? end.refusal : end;
}

test('a code is typed into the extension, and from then on it asks with a key of its own', async () => {
  await using place = await controlPlace();
  const { code } = await askRunningProxy(place, { ask: 'pairing code' });
  expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  const end = await pairWithProxy(place.port, code.replaceAll('-', ''), 'Ada');
  if (end.kind !== 'paired') throw new Error(`it ended as ${JSON.stringify(end)}`);
  expect(await askSealed(end.pairing, { ask: 'hello' }, 5000)).toHaveProperty('answer.version');
  expect(await askRunningProxy(place, { ask: 'pairings' })).toMatchObject({
    codeWaits: false,
    pairings: [{ pairing: end.pairing.pairing, name: 'Ada' }],
  });
  await place.restart();
  expect(await askSealed(end.pairing, { ask: 'hello' }, 5000)).toHaveProperty('answer.version');
});

test('without a code that waits nobody is paired, and nothing is derived', async () => {
  await using place = await controlPlace();
  const end = await pairWithProxy(place.port, WRONG, 'Eve');
  expect(refusal(end)).toEqual({ refused: 'no code is waiting' });
});

test('a wrong code costs a try, and the third one the code', async () => {
  await using place = await controlPlace();
  const right = await newCode(place);
  for (const triesLeft of [2, 1, 0]) {
    const end = await pairWithProxy(place.port, WRONG, 'Eve');
    expect(refusal(end)).toEqual({ refused: 'wrong code', triesLeft });
  }
  const late = await pairWithProxy(place.port, right, 'Ada');
  expect(refusal(late)).toEqual({ refused: 'no code is waiting' });
  expect(await place.profiles.all()).toEqual([]);
});

test('after two wrong codes the right one still pairs', async () => {
  await using place = await controlPlace();
  const right = await newCode(place);
  await pairWithProxy(place.port, WRONG, 'Ada');
  await pairWithProxy(place.port, WRONG, 'Ada');
  expect(await pairWithProxy(place.port, right, 'Ada')).toHaveProperty('kind', 'paired');
});

test('ten guesses at once are three tries', async () => {
  await using place = await controlPlace();
  const { port } = place;
  await newCode(place);
  const post = async (body: object) =>
    sayHttp(port, request(port, { target: '/v1/pair', body: JSON.stringify(body) }));
  const guess = async () => {
    const welcome = await post({ step: 'hello', nonce: 'n'.repeat(22), name: 'Eve' });
    const { pairing }: { pairing: string } = JSON.parse(welcome.body);
    return pairing;
  };
  const pairings = await Promise.all(Array.from({ length: 10 }, guess));
  const answers = await Promise.all(
    pairings.map((pairing) => post({ step: 'proof', pairing, proof: 'A'.repeat(43) })),
  );
  const said = answers.map(({ body }): object => JSON.parse(body)).toSorted(byTries);
  expect(said.slice(0, 3)).toEqual(
    [2, 1, 0].map((triesLeft) => ({ refused: 'wrong code', triesLeft })),
  );
  expect(new Set(said.slice(3).map((one) => JSON.stringify(one)))).toEqual(
    new Set(['{"refused":"no code is waiting"}']),
  );
});

function byTries(a: object, b: object): number {
  return triesIn(b) - triesIn(a);
}

function triesIn(said: object): number {
  return 'triesLeft' in said ? Number(said.triesLeft) : -1;
}

test('a code counts as waiting until the profile that it paired is stored', async () => {
  await using place = await controlPlace();
  const code = await newCode(place);
  const { profiles } = place;
  const [asked, stored] = [deferred(), deferred()];
  const add = profiles.add.bind(profiles);
  profiles.add = async (profile) => {
    asked.resolve();
    await stored.promise;
    await add(profile);
  };
  const pairing = pairWithProxy(place.port, code, 'Ada');
  await asked.promise;
  expect(place.pairing.isCodeWaiting).toBe(true);
  stored.resolve();
  expect(await pairing).toHaveProperty('kind', 'paired');
  expect(place.pairing.isCodeWaiting).toBe(false);
});

test('a code is good once', async () => {
  await using place = await controlPlace();
  const code = await newCode(place);
  expect(await pairWithProxy(place.port, code, 'Ada')).toHaveProperty('kind', 'paired');
  expect(refusal(await pairWithProxy(place.port, code, 'Eve'))).toEqual({
    refused: 'no code is waiting',
  });
  expect(await place.profiles.all()).toHaveLength(1);
});

test('of two who type the right code at once, one is paired', async () => {
  await using place = await controlPlace();
  const code = await newCode(place);
  const ends = await Promise.all(
    ['Ada', 'Eve'].map((name) => pairWithProxy(place.port, code, name)),
  );
  expect(ends.filter(({ kind }) => kind === 'paired')).toHaveLength(1);
  expect(await place.profiles.all()).toHaveLength(1);
});

test('a new code takes the place of the one before, and of who was welcomed with that', async () => {
  await using place = await controlPlace();
  const { port } = place;
  const first = await newCode(place);
  const body = JSON.stringify({ step: 'hello', nonce: 'n'.repeat(22), name: 'Ada' });
  const welcome = await sayHttp(port, request(port, { target: '/v1/pair', body }));
  const { pairing }: { pairing: string } = JSON.parse(welcome.body);
  const second = await newCode(place);
  expect(second).not.toBe(first);
  const proof = JSON.stringify({ step: 'proof', pairing, proof: 'A'.repeat(43) });
  const late = await sayHttp(port, request(port, { target: '/v1/pair', body: proof }));
  expect(JSON.parse(late.body)).toEqual({ refused: 'unknown pairing' });
  expect(refusal(await pairWithProxy(port, first, 'Ada'))).toEqual({
    refused: 'wrong code',
    triesLeft: 2,
  });
  expect(await pairWithProxy(port, second, 'Ada')).toHaveProperty('kind', 'paired');
});

test('a code is worth nothing after five minutes', async () => {
  await using place = await controlPlace();
  using clock = stoppedClock();
  const code = await newCode(place);
  await clock.pass(PAIRING_MS - 1);
  expect(place.pairing.isCodeWaiting).toBe(true);
  await clock.pass(1);
  expect(place.pairing.isCodeWaiting).toBe(false);
  expect(refusal(await pairWithProxy(place.port, code, 'Ada'))).toEqual({
    refused: 'no code is waiting',
  });
});

test('a code that took the place of another has five minutes of its own', async () => {
  await using place = await controlPlace();
  using clock = stoppedClock();
  await newCode(place);
  await clock.pass(PAIRING_MS - 1);
  await newCode(place);
  await clock.pass(PAIRING_MS - 1);
  expect(place.pairing.isCodeWaiting).toBe(true);
  await clock.pass(1);
  expect(place.pairing.isCodeWaiting).toBe(false);
});

test('the proxy proves nothing to who has not proved, and not twice', async () => {
  await using place = await controlPlace();
  const { port } = place;
  await newCode(place);
  const post = async (body: object) =>
    sayHttp(port, request(port, { target: '/v1/pair', body: JSON.stringify(body) }));
  const never = await post({ step: 'proof', pairing: 'p'.repeat(22), proof: 'A'.repeat(43) });
  expect(JSON.parse(never.body), 'who said no hello').toEqual({ refused: 'unknown pairing' });
  const welcome = await post({ step: 'hello', nonce: 'n'.repeat(22), name: 'Eve' });
  const { pairing }: { pairing: string } = JSON.parse(welcome.body);
  const wrong = { step: 'proof', pairing, proof: 'A'.repeat(43) };
  expect((await post(wrong)).body).toBe('{"refused":"wrong code","triesLeft":2}');
  expect((await post(wrong)).body).toBe('{"refused":"unknown pairing"}');
});

test('who says hello from one extension cannot prove from another', async () => {
  await using place = await controlPlace();
  const { port } = place;
  await newCode(place);
  const Origin = 'moz-extension://3b1c8d5e-0a4f-4c53-9a51-6c0a7f0f9b11';
  const post = async (body: object, fields: Record<string, string>) =>
    sayHttp(port, request(port, { target: '/v1/pair', body: JSON.stringify(body), fields }));
  const welcome = await post({ step: 'hello', nonce: 'n'.repeat(22), name: 'Ada' }, { Origin });
  const { pairing }: { pairing: string } = JSON.parse(welcome.body);
  const proof = await post({ step: 'proof', pairing, proof: 'A'.repeat(43) }, {});
  expect(JSON.parse(proof.body)).toEqual({ refused: 'unknown pairing' });
});
