import { expect, test } from 'vitest';
import { askSealed } from '../../extension/sealed-channel.ts';
import { waitUntil } from '../wait-until.ts';
import { controlPlace } from './control-place.ts';
import { RawHttp, request, sayHttp } from './raw-http.ts';

test('1000 connections that only are there keep nobody from asking', async () => {
  await using place = await controlPlace();
  const idle: RawHttp[] = [];
  try {
    for (let opened = 0; opened < 1000; opened += 1) {
      idle.push(await RawHttp.connect(place.port));
    }
    const asked = askSealed({ port: place.port, ...place.commandLine }, { ask: 'hello' }, 5000);
    expect(await asked).toHaveProperty('answer');
    const isHeld = () => idle.filter(({ socket }) => !socket.closed).length;
    await waitUntil(
      () => isHeld() <= 100,
      5000,
      () => `${isHeld()} connections are held`,
    );
  } finally {
    for (const connection of idle) connection[Symbol.dispose]();
  }
});

test('who has begun a request and does not end it makes room as well', async () => {
  await using place = await controlPlace({ connections: 5 });
  const half = request(place.port, { fields: { 'Content-Length': '30' } });
  const slow = await Promise.all(Array.from({ length: 20 }, () => RawHttp.connect(place.port)));
  for (const connection of slow) connection.say(half);
  expect(await sayHttp(place.port, request(place.port))).toMatchObject({ status: 200 });
  for (const connection of slow) connection[Symbol.dispose]();
});

test('who does not take his answer makes room as well', async () => {
  await using place = await controlPlace({ connections: 5 });
  const text = request(place.port, { method: 'GET', target: '/receipts/page.html', body: '' });
  const deaf = await Promise.all(Array.from({ length: 20 }, () => RawHttp.connect(place.port)));
  for (const connection of deaf) {
    connection.socket.pause();
    connection.say(text);
  }
  expect(await sayHttp(place.port, request(place.port))).toMatchObject({ status: 200 });
  for (const connection of deaf) connection[Symbol.dispose]();
});

test('who waits for an answer is not turned out by those who come after', async () => {
  await using place = await controlPlace({ connections: 5 });
  const { code } = (await place.pairing.newCode()) ?? {};
  expect(code).toBeDefined();
  const body = JSON.stringify({ step: 'hello', nonce: 'n'.repeat(22), name: 'Ada' });
  const welcome = await sayHttp(place.port, request(place.port, { target: '/v1/pair', body }));
  const { pairing }: { pairing: string } = JSON.parse(welcome.body);
  const proof = JSON.stringify({ step: 'proof', pairing, proof: 'A'.repeat(43) });
  using waiting = await RawHttp.connect(place.port);
  waiting.say(request(place.port, { target: '/v1/pair', body: proof }));

  const asked = async () => (await sayHttp(place.port, request(place.port))).status;
  expect(await asked(), 'the key is being derived meanwhile').toBe(200);
  const flood = await Promise.all(Array.from({ length: 30 }, () => RawHttp.connect(place.port)));
  expect(JSON.parse((await waiting.answer()).body)).toEqual({
    refused: 'wrong code',
    triesLeft: 2,
  });
  for (const connection of flood) connection[Symbol.dispose]();
});

test('a stop ends at once, whoever is connected', async () => {
  await using place = await controlPlace();
  using idle = await RawHttp.connect(place.port);
  using half = await RawHttp.connect(place.port);
  half.say('POST /v1/ask HTTP/1.1\r\nHost:');
  await place.stop();
  expect(await idle.answer()).toMatchObject({ octets: '' });
  await half.answer();
});
