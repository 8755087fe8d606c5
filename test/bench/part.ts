import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { startMailPrograms } from './load.ts';
import type { startRoundTrip } from './round-trip.ts';
import type { startSink } from './sink.ts';

/** Where `programs.config.ts` puts the program of a part. */
const PROGRAM = resolve(
  import.meta.dirname,
  '../../node_modules/.cache/requiretls-programs/part.js',
);

/** What takes part in a measurement and must not share a processor's time with another part. */
type Parts = {
  readonly sink: typeof startSink;
  readonly 'round trip': typeof startRoundTrip;
  readonly 'mail programs': typeof startMailPrograms;
};
type PartName = keyof Parts;
type Answers<Name extends PartName> = Awaited<ReturnType<Parts[Name]>>;
type Method<Name extends PartName, Question extends keyof Answers<Name>> = Extract<
  Answers<Name>[Question],
  (about: never) => unknown
>;

/** A part in a process of its own. */
export type Part<Name extends PartName> = {
  readonly pid: number;
  /** One question at a time. */
  ask<Question extends keyof Answers<Name> & string>(
    question: Question,
    ...about: Parameters<Method<Name, Question>>
  ): Promise<Awaited<ReturnType<Method<Name, Question>>>>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** What a part's process hears and says. */
export type Asked = { readonly question: string; readonly about: readonly unknown[] };
/** The answer is JSON. */
export type Answered = { readonly answer: string } | { readonly failed: string };

export async function startPart<Name extends PartName>(
  name: Name,
  ...options: Parameters<Parts[Name]>
): Promise<Part<Name>> {
  const child = fork(PROGRAM, [name, JSON.stringify(options[0] ?? null)]);
  const gone = once(child, 'exit');
  const answered = async () => {
    const lost = gone.then(() => {
      throw new Error(`the ${name} has ended`);
    });
    const [said]: Answered[] = await Promise.race([once(child, 'message'), lost]);
    if (said === undefined || 'failed' in said) throw new Error(`${name}: ${said?.failed}`);
    // `any`: the process on the other end runs the function whose type `ask` gives it.
    return JSON.parse(said.answer);
  };
  await answered();
  if (child.pid === undefined) throw new Error(`the ${name} did not start`);
  return {
    pid: child.pid,
    ask: async (question, ...about) => {
      const answer = answered();
      child.send({ question, about } satisfies Asked);
      return await answer;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
