import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyPlaces, cut, everyPlace } from '../shared/octets.ts';
import { anySteps } from './any-session.ts';
import { proxyInFrontOf } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';
import { answerOf, foresee, type Step } from './session-model.ts';
import { greetedBy } from './submitting.ts';

const OPTIONS = { mode: 'implicit', timeoutMs: 10_000 } as const;

test('whatever is said in one session, and however it is cut, each command has one reply, each message its own answer, and the server gets just what it should', async () => {
  await fc.assert(
    fc.asyncProperty(anySteps, fc.boolean(), anyPlaces, async (steps, offered, places) => {
      await played(steps, offered, (octets) => cut(octets, places));
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('the same is so when each octet comes alone', async () => {
  await fc.assert(
    fc.asyncProperty(anySteps, fc.boolean(), async (steps, offered) => {
      await played(steps, offered, (octets) => cut(octets, everyPlace(octets)));
    }),
    { numRuns: 20 },
  );
}, 60_000);

async function played(
  steps: readonly Step[],
  offered: boolean,
  segmentsOf: (octets: string) => readonly Buffer[],
): Promise<void> {
  const { said, replies, messages, begun } = foresee(steps, offered);
  const offers = offered ? ['REQUIRETLS'] : ['X-REQUIRETLS'];
  await using server = await RecordingServer.start({ offers, answer: answerOf });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using mailProgram = await greetedBy(proxy);

  const heard: string[] = [];
  const hearing = async () => {
    for (const [at] of replies.entries()) heard.push(await mailProgram.reply(`command ${at}`));
  };
  const saying = async () => {
    for (const segment of segmentsOf(said)) {
      mailProgram.say(segment);
      await setImmediate();
    }
  };
  await Promise.all([saying(), hearing()]);
  expect(await mailProgram.ask('QUIT')).toMatch(/^221 /);
  await mailProgram.end();

  for (const [at, expected] of replies.entries()) expect(heard[at]).toMatch(expected);
  expect(server.messages).toEqual(messages);
  const unforeseen = server.transactions.filter(({ mail }) => !begun.has(mail));
  expect(unforeseen).toEqual([]);
  expect(server.unknownCommands).toEqual([]);
}
