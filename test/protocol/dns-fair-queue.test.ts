import { expect, test } from 'vitest';
import { FairQueue } from '../../proxy/forecast/look-ups/fair-queue.ts';
import { type Deferred, deferred } from '../deferred.ts';

/** Work that says when it begins and ends when it is told to. */
function work(begun: string[], name: string, until: Deferred): () => Promise<string> {
  return async () => {
    begun.push(name);
    await until.promise;
    return name;
  };
}

test('a domain whose name servers say nothing has its share, and others go on', async () => {
  const queue = new FairQueue({ running: 4, each: 2, waiting: 100 });
  const begun: string[] = [];
  const silent = deferred();
  const answered = deferred();
  answered.resolve();
  const [slow, quick] = [{}, {}];
  const slowOnes = ['s1', 's2', 's3'].map(async (name) =>
    queue.run(slow, work(begun, name, silent)),
  );
  const quickOnes = ['q1', 'q2', 'q3', 'q4', 'q5'].map(async (name) =>
    queue.run(quick, work(begun, name, answered)),
  );
  expect(await Promise.all(quickOnes)).toEqual(['q1', 'q2', 'q3', 'q4', 'q5']);
  expect(begun.filter((name) => name.startsWith('s'))).toEqual(['s1', 's2']);
  silent.resolve();
  expect(await Promise.all(slowOnes)).toEqual(['s1', 's2', 's3']);
});

test('whoever has the least under way is next', async () => {
  const queue = new FairQueue({ running: 3, each: 3, waiting: 100 });
  const begun: string[] = [];
  const [first, later] = [deferred(), deferred()];
  const [many, one] = [{}, {}];
  const all = [
    queue.run(many, work(begun, 'm1', first)),
    queue.run(many, work(begun, 'm2', later)),
    queue.run(many, work(begun, 'm3', later)),
    queue.run(many, work(begun, 'm4', later)),
    queue.run(one, work(begun, 'o1', later)),
  ];
  first.resolve();
  await all[0];
  await Promise.resolve();
  later.resolve();
  await Promise.all(all);
  expect(begun).toEqual(['m1', 'm2', 'm3', 'o1', 'm4']);
});

test('what nobody waits for any more is never begun', async () => {
  const queue = new FairQueue({ running: 1, each: 1, waiting: 100 });
  const begun: string[] = [];
  const first = deferred();
  let isWanted = true;
  const running = queue.run({}, work(begun, 'a', first));
  const waiting = queue.run({}, work(begun, 'b', first), () => isWanted);
  isWanted = false;
  first.resolve();
  await running;
  await expect(waiting).rejects.toThrow('timed out');
  expect(begun).toEqual(['a']);
});

test('of those that wait too many, the longest waiting are dropped', async () => {
  const queue = new FairQueue({ running: 1, each: 1, waiting: 2 });
  const begun: string[] = [];
  const first = deferred();
  const all = ['a', 'b', 'c', 'd'].map(async (name) => queue.run({}, work(begun, name, first)));
  await expect(all[1]).rejects.toThrow('timed out');
  first.resolve();
  expect(await Promise.all([all[0], all[2], all[3]])).toEqual(['a', 'c', 'd']);
});
