import { compose } from './compose-window.ts';
import { letter, type LetterOptions } from './letter.ts';
import { MailProgram, type Envelope, type Way } from './mail-program.ts';

/** How much is sent, and in which manner. */
export type Load = {
  readonly messages: number;
  /** So many mail programs at once. */
  readonly atOnce: number;
  /** A connection for each message, or one for each mail program. */
  readonly connections: 'new' | 'reused';
  readonly recipients: number;
  readonly letter: LetterOptions;
};

export type LoadResult = {
  /** From the call to the reply to the final dot; on a reused connection from MAIL. */
  readonly medianMs: number;
  /** On the clock of all processes. */
  readonly beganAt: number;
};

/** Starts a process full of mail programs. */
export function startMailPrograms() {
  return { send: (asked: { readonly way: Way; readonly load: Load }) => send(asked) };
}

/** @throws Error with the first message that was not taken */
async function send({ way, load }: { way: Way; load: Load }): Promise<LoadResult> {
  const wire = letter(load.letter);
  const envelope: Envelope = {
    mail: 'ada@example.org',
    recipients: Array.from({ length: load.recipients }, (_, at) => `r${at}@example.net`),
  };
  const takenMs: number[] = [];
  let left = load.messages;

  const sendOne = async (open: MailProgram | undefined): Promise<MailProgram> => {
    if (way.composeWindow !== undefined) await compose(way.composeWindow);
    const began = performance.now();
    const program = open ?? (await MailProgram.connected(way));
    const from = load.connections === 'reused' ? performance.now() : began;
    await program.send(envelope, wire);
    takenMs.push(performance.now() - from);
    return program;
  };
  const sendSome = async () => {
    let open: MailProgram | undefined;
    while (left > 0) {
      left -= 1;
      open = await sendOne(open);
      if (load.connections === 'reused') continue;
      open.quit();
      open = undefined;
    }
    open?.quit();
  };
  const beganAt = Date.now();
  await Promise.all(Array.from({ length: load.atOnce }, sendSome));
  return { medianMs: median(takenMs), beganAt };
}

/** The upper one of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
