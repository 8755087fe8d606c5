import { expect, test } from 'vitest';
import { ListenerLimits } from '../../proxy/submission/listener-limits.ts';

const MINUTE_MS = 60_000;

function limitsAt() {
  const clock = { ms: 0 };
  return { clock, limits: new ListenerLimits(() => clock.ms) };
}

test('connections that lead to nothing make the next ones wait, and never longer than 10 s', () => {
  const { clock, limits } = limitsAt();
  const fruitless = (times: number) => {
    for (let time = 0; time < times; time += 1) {
      expect(limits.admit()).toBe(true);
      limits.left(false);
    }
  };
  fruitless(60);
  expect(limits.connectionWaitMs).toBe(0);
  fruitless(5);
  expect(limits.connectionWaitMs).toBe(500);
  fruitless(1000);
  expect(limits.connectionWaitMs).toBe(10_000);
  clock.ms += MINUTE_MS;
  expect(limits.connectionWaitMs).toBe(0);
});

test('connections on which somebody logged in or sent make nobody wait', () => {
  const { limits } = limitsAt();
  for (let time = 0; time < 1000; time += 1) {
    limits.admit();
    limits.left(true);
  }
  expect(limits.connectionWaitMs).toBe(0);
});

test('three failed logins in a minute cost nothing, more cost a second each', () => {
  const { clock, limits } = limitsAt();
  const waits = Array.from({ length: 15 }, () => {
    limits.loginFailed();
    return limits.loginWaitMs;
  });
  expect(waits.slice(0, 5)).toEqual([0, 0, 0, 1000, 2000]);
  expect(waits.at(-1)).toBe(3000);
  clock.ms += MINUTE_MS;
  expect(limits.loginWaitMs).toBe(0);
});

test('the hundred and first connection at once is not admitted, and one that ends makes room', () => {
  const { limits } = limitsAt();
  const admitted = Array.from({ length: 101 }, () => limits.admit());
  expect(admitted.indexOf(false)).toBe(100);
  limits.left(true); // the refused one
  limits.left(true);
  expect(limits.admit()).toBe(true);
});

test('after failed logins there is one at a time, and a sixth that would wait is turned away', async () => {
  const { limits } = limitsAt();
  for (let time = 0; time < 4; time += 1) limits.loginFailed();
  const done: number[] = [];
  const turns = [1, 2, 3, 4, 5].map(async (at) => {
    expect(await limits.loginTurn()).toBe(true);
    done.push(at);
  });
  expect(await limits.loginTurn()).toBe(false);
  await turns[0];
  expect(done).toEqual([1]);
  await Promise.all(turns);
  expect(done).toEqual([1, 2, 3, 4, 5]);
});
