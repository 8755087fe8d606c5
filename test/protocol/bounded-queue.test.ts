import { expect, test } from 'vitest';
import { BoundedQueue } from '../../proxy/forecast/bounded-queue.ts';
import { deferred } from '../deferred.ts';

/** Jobs that run until they are let go, and what became of them. */
function jobs(queue: BoundedQueue) {
  const running: { readonly name: number; readonly letGo: () => void }[] = [];
  const dropped: number[] = [];
  const add = (name: number) => {
    queue.add({
      run: async () => {
        const done = deferred();
        running.push({ name, letGo: done.resolve });
        await done.promise;
      },
      drop: () => void dropped.push(name),
    });
  };
  return { add, running, dropped };
}

test('so many look-ups run at once, and the next begins when one of them ends', async () => {
  const queue = new BoundedQueue({ running: 2, waiting: 10 });
  const { add, running } = jobs(queue);
  for (const name of [1, 2, 3, 4]) add(name);
  expect(running.map(({ name }) => name)).toEqual([1, 2]);
  running[0]?.letGo();
  await expect.poll(() => running.map(({ name }) => name)).toEqual([1, 2, 3]);
});

test('what has waited longest is dropped when more come than may wait', () => {
  const { add, running, dropped } = jobs(new BoundedQueue({ running: 1, waiting: 2 }));
  for (const name of [1, 2, 3, 4, 5]) add(name);
  expect(running.map(({ name }) => name)).toEqual([1]);
  expect(dropped).toEqual([2, 3]);
});

test('in the end what waits is dropped and what runs is waited for', async () => {
  const queue = new BoundedQueue({ running: 1, waiting: 2 });
  const { add, running, dropped } = jobs(queue);
  for (const name of [1, 2]) add(name);
  let hasEnded = false;
  const ending = queue.end().then(() => (hasEnded = true));
  await Promise.resolve();
  expect({ dropped, hasEnded }).toEqual({ dropped: [2], hasEnded: false });
  running[0]?.letGo();
  await ending;
  expect(running).toHaveLength(1);
});
